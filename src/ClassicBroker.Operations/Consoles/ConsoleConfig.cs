using System.Globalization;
using ClassicBroker.Primitives;

namespace ClassicBroker.Operations.Consoles;

/// <summary>How the console is served, and to whom. Immutable; read from the keys of <see cref="ConsoleConfigKeys"/>.</summary>
public sealed record ConsoleConfig
{
    private const string AllUsers = "*";

    private static readonly string[] Mechanisms = ["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"];

    /// <summary>Where it is served; empty for nowhere.</summary>
    public required IReadOnlyList<OperationsAddress> Listeners { get; init; }

    /// <summary>How users sign in.</summary>
    public ConsoleSignIn SignIn { get; init; }

    /// <summary>The mechanism by which passwords are tried.</summary>
    public string SignInMechanism { get; init; } = Mechanisms[0];

    /// <summary>Where passwords are tried; null for where the console itself connects.</summary>
    public string? SignInBootstrapServers { get; init; }

    /// <summary>The OpenID provider; null where users sign in another way.</summary>
    public OidcConfig? Oidc { get; init; }

    /// <summary>The role of those who sign in by token.</summary>
    public ConsoleRole TokenRole { get; init; } = ConsoleRole.Admin;

    /// <summary>Users by role, or what the provider's claim names; the highest that a user has counts.</summary>
    public IReadOnlyDictionary<ConsoleRole, IReadOnlyList<string>> Users { get; init; } =
        new SortedDictionary<ConsoleRole, IReadOnlyList<string>>();

    /// <summary>Where users reach the console through a proxy; null where there is none.</summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>When a session ends that is not used.</summary>
    public TimeSpan SessionIdle { get; init; } = TimeSpan.FromMinutes(30);

    /// <exception cref="ConsoleConfigException">A value is wrong; the message names its key.</exception>
    public static ConsoleConfig From(IReadOnlyDictionary<string, string> properties)
    {
        string Text(string key) => properties.GetValueOrDefault(key, "").Trim();
        var signIn = Text(ConsoleConfigKeys.SignIn) switch
        {
            "" or "token" => ConsoleSignIn.Token,
            "sasl" => ConsoleSignIn.Sasl,
            "oidc" => ConsoleSignIn.Oidc,
            var other => throw new ConsoleConfigException(ConsoleConfigKeys.SignIn, other, "it must be token, sasl or oidc"),
        };
        var users = new SortedDictionary<ConsoleRole, IReadOnlyList<string>>
        {
            [ConsoleRole.Admin] = List(Text(ConsoleConfigKeys.Admins)),
            [ConsoleRole.Operator] = List(Text(ConsoleConfigKeys.Operators)),
            [ConsoleRole.ReadOnly] = List(Text(ConsoleConfigKeys.Readers)),
        };
        if (signIn != ConsoleSignIn.Token && users.Values.All(names => names.Count == 0))
        {
            throw new ConsoleConfigException(
                ConsoleConfigKeys.Admins, "", $"no user may sign in: name some here, in {ConsoleConfigKeys.Operators} or in {ConsoleConfigKeys.Readers}");
        }

        return new ConsoleConfig
        {
            Listeners = [.. List(Text(ConsoleConfigKeys.Listeners)).Select(Address)],
            SignIn = signIn,
            SignInMechanism = Mechanism(Text(ConsoleConfigKeys.SignInMechanism)),
            SignInBootstrapServers = Text(ConsoleConfigKeys.SignInBootstrapServers) is { Length: > 0 } servers ? servers : null,
            Oidc = signIn == ConsoleSignIn.Oidc ? OidcConfig.From(properties) : null,
            TokenRole = Role(Text(ConsoleConfigKeys.TokenRole)),
            Users = users,
            PublicUrl = Url(Text(ConsoleConfigKeys.PublicUrl)),
            SessionIdle = Milliseconds(Text(ConsoleConfigKeys.SessionIdle)),
        };
    }

    /// <summary>A file of client properties, or of the console's keys.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="MalformedDataException">It is no such file.</exception>
    public static Dictionary<string, string> ReadFile(string path) => JavaProperties.Parse(File.ReadAllBytes(path));

    /// <summary>The role of a user; null where none may sign in under that name.</summary>
    public ConsoleRole? RoleOf(string user) => RoleOf([user]);

    /// <summary>The highest role that one of these names has; null where none has one, or there is no name.</summary>
    public ConsoleRole? RoleOf(IReadOnlyList<string> names)
    {
        foreach (var role in (ReadOnlySpan<ConsoleRole>)[ConsoleRole.Admin, ConsoleRole.Operator, ConsoleRole.ReadOnly])
        {
            if (Users.TryGetValue(role, out var listed) && names.Any(name => listed.Contains(name) || listed.Contains(AllUsers)))
            {
                return role;
            }
        }

        return null;
    }

    private static IReadOnlyList<string> List(string text) =>
        text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static OperationsAddress Address(string text)
    {
        try
        {
            return OperationsAddress.Parse(text);
        }
        catch (FormatException wrong)
        {
            throw new ConsoleConfigException(ConsoleConfigKeys.Listeners, text, wrong.Message);
        }
    }

    private static string Mechanism(string text) =>
        text.Length == 0 ? Mechanisms[0]
        : Mechanisms.Contains(text) ? text
        : throw new ConsoleConfigException(ConsoleConfigKeys.SignInMechanism, text, $"it must be one of {string.Join(", ", Mechanisms)}");

    private static ConsoleRole Role(string text) => text switch
    {
        "" or "admin" => ConsoleRole.Admin,
        "operator" => ConsoleRole.Operator,
        "read-only" => ConsoleRole.ReadOnly,
        _ => throw new ConsoleConfigException(ConsoleConfigKeys.TokenRole, text, "it must be read-only, operator or admin"),
    };

    private static Uri? Url(string text) =>
        text.Length == 0 ? null
        : Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.AbsolutePath == "/" ? url
        : throw new ConsoleConfigException(ConsoleConfigKeys.PublicUrl, text, "it must be of the form https://host, without a path");

    private static TimeSpan Milliseconds(string text) =>
        text.Length == 0 ? TimeSpan.FromMinutes(30)
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds >= 1000
            ? TimeSpan.FromMilliseconds(milliseconds)
        : throw new ConsoleConfigException(ConsoleConfigKeys.SessionIdle, text, "it must be a number of at least 1000");
}
