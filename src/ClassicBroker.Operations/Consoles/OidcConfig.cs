using System.Net;

namespace ClassicBroker.Operations.Consoles;

/// <summary>The OpenID provider at which users of the console sign in. Immutable.</summary>
public sealed record OidcConfig
{
    private const string TlsPrefix = "console.oidc.ssl.";
    private const string TlsPrefixOfClients = "ssl.";

    /// <summary>The provider, by the name that its tokens carry; its discovery document lies below.</summary>
    public required string Issuer { get; init; }

    /// <summary>The name under which the console is registered there.</summary>
    public required string ClientId { get; init; }

    /// <summary>What the console proves itself with; null where it is registered as a public client.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>What is asked for, by blanks; <c>openid</c> is among it.</summary>
    public required string Scopes { get; init; }

    /// <summary>The claim that names a user.</summary>
    public required string UserClaim { get; init; }

    /// <summary>The claim that names what a user's role is told by; null where users are known by name.</summary>
    public string? RolesClaim { get; init; }

    /// <summary>Whom to trust, by the names of clients' <c>ssl.*</c> properties; what the machine trusts where there are none.</summary>
    public required IReadOnlyDictionary<string, string> Tls { get; init; }

    /// <exception cref="ConsoleConfigException">A key is missing, or has a value that it does not take.</exception>
    public static OidcConfig From(IReadOnlyDictionary<string, string> properties)
    {
        string Text(string key) => properties.GetValueOrDefault(key, "").Trim();
        string Required(string key) => Text(key) is { Length: > 0 } text
            ? text
            : throw new ConsoleConfigException(key, "", $"it must be set where {ConsoleConfigKeys.SignIn} is oidc");
        string? Optional(string key) => Text(key) is { Length: > 0 } text ? text : null;
        return new OidcConfig
        {
            Issuer = RequireIssuer(Required(ConsoleConfigKeys.OidcIssuer)),
            ClientId = Required(ConsoleConfigKeys.OidcClientId),
            ClientSecret = Optional(ConsoleConfigKeys.OidcClientSecret),
            Scopes = RequireOpenId(Optional(ConsoleConfigKeys.OidcScopes) ?? "openid profile"),
            UserClaim = Optional(ConsoleConfigKeys.OidcUserClaim) ?? "sub",
            RolesClaim = Optional(ConsoleConfigKeys.OidcRolesClaim),
            Tls = properties.Where(property => property.Key.StartsWith(TlsPrefix, StringComparison.Ordinal)).ToDictionary(
                property => TlsPrefixOfClients + property.Key[TlsPrefix.Length..], property => property.Value, StringComparer.Ordinal),
        };
    }

    /// <summary>Provider and client alone: the rest may hold secrets.</summary>
    public override string ToString() => $"{ClientId} at {Issuer}";

    /// <summary>What a provider says without TLS anybody on the way can say.</summary>
    private static string RequireIssuer(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var issuer) && issuer.Query.Length == 0 && issuer.Fragment.Length == 0
            && issuer.UserInfo.Length == 0
            && (issuer.Scheme == Uri.UriSchemeHttps || (issuer.Scheme == Uri.UriSchemeHttp && IsLoopback(issuer)))
            ? text
            : throw new ConsoleConfigException(
                ConsoleConfigKeys.OidcIssuer, text, "it must be of the form https://host/path; http is taken on this machine alone");

    private static bool IsLoopback(Uri issuer) =>
        issuer.Host == "localhost" || (IPAddress.TryParse(issuer.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static string RequireOpenId(string scopes) =>
        scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Contains("openid")
            ? scopes
            : throw new ConsoleConfigException(ConsoleConfigKeys.OidcScopes, scopes, "openid must be among them");
}
