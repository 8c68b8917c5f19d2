using ClassicBroker.AdminConsole.Http;
using ClassicBroker.AdminConsole.Sessions;
using ClassicBroker.Client;
using ClassicBroker.Protocol;

namespace ClassicBroker.AdminConsole.Api;

/// <summary>Sign-in, sign-out, who has signed in, and what the cluster can do. Stateless.</summary>
internal static class SessionApi
{
    private const int SecretLengthMax = 1024;

    public static void AddTo(ConsoleRoutes routes)
    {
        routes.Get("/api/session", "Who has signed in, and what the cluster can do", "", ConsoleJson.Default.SessionView, ShowAsync,
            role: null);
        routes.Post(
            "/api/sign-in", null, "Begins a session", ConsoleJson.Default.Credentials, ConsoleJson.Default.SessionView, SignInAsync);
        routes.Post("/api/sign-out", ConsoleRole.ReadOnly, "Ends the session", ConsoleJson.Default.Nothing, SignOut);
        routes.GetRaw("/api/openapi.json", "This document", "", async call =>
        {
            call.Http.Response.ContentType = "application/json; charset=utf-8";
            await call.Http.Response.WriteAsync(
                OpenApiDocument.Of(
                    call.Services.Routes, typeof(SessionApi).Assembly.GetName().Version?.ToString(3) ?? "0",
                    ConsoleRequests.CookieOf(call.Http)),
                call.Aborted);
        });
    }

    private static async Task<SessionView> ShowAsync(ConsoleCall call) =>
        call.Session is { } session
            ? await ViewAsync(call, session)
            : new SessionView { SignIn = NameOf(call.Services.Config.SignIn) };

    private static async Task<SessionView> SignInAsync(ConsoleCall call, Credentials credentials)
    {
        var user = credentials.User is { Length: > 0 } name ? name : "token";
        var limit = call.Services.Limit;
        if (limit.IsReached(user))
        {
            throw new ApiException(StatusCodes.Status429TooManyRequests, "There were too many attempts. Try again in a minute.");
        }

        if (await RoleAsync(call.Services, user, credentials.Secret ?? "") is not { } role)
        {
            limit.Failed(user);
            call.Services.Audit.SignInFailed(user, call.Address);
            throw new ApiException(StatusCodes.Status401Unauthorized, call.Services.Config.SignIn == ConsoleSignIn.Token
                ? "This token is not valid: it may have been used. The newest is in the log of the process that serves the console."
                : "The name or the password is wrong, or the user has no role here.");
        }

        return await ViewAsync(call, Begin(call, user, role));
    }

    /// <summary>Begins the session of a user who has proved to be that user.</summary>
    internal static ConsoleSession Begin(ConsoleCall call, string user, ConsoleRole role)
    {
        var session = call.Services.Sessions.Begin(user, role);
        call.Services.Audit.SignedIn(session, call.Address);
        call.Http.Response.Cookies.Append(ConsoleRequests.CookieOf(call.Http), session.Id, CookieOf(call));
        return session;
    }

    private static async Task<ConsoleRole?> RoleAsync(ConsoleServices services, string user, string secret)
    {
        if (secret.Length is 0 or > SecretLengthMax || user.Length > SecretLengthMax || user.Concat(secret).Any(char.IsControl))
        {
            return null;
        }

        return services.Config.SignIn switch
        {
            ConsoleSignIn.Token => services.Token.TryUse(secret) ? services.Config.TokenRole : null,
            ConsoleSignIn.Sasl => await services.Passwords.IsRightAsync(user, secret) ? services.Config.RoleOf(user) : null,
            _ => null,
        };
    }

    private static Task SignOut(ConsoleCall call, Nothing nothing)
    {
        call.Services.Sessions.End(call.Session!);
        call.Http.Response.Cookies.Delete(ConsoleRequests.CookieOf(call.Http), CookieOf(call));
        call.Audit("sign out", call.Session!.User);
        return Task.CompletedTask;
    }

    private static CookieOptions CookieOf(ConsoleCall call) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = call.Services.Config.PublicUrl?.Scheme == "https",
        Path = "/",
    };

    private static async Task<SessionView> ViewAsync(ConsoleCall call, ConsoleSession session)
    {
        SessionView view = new()
        {
            SignIn = NameOf(call.Services.Config.SignIn),
            User = session.User,
            Role = ConsoleRequests.NameOf(session.Role),
            Csrf = session.CsrfToken,
        };
        try
        {
            var apis = await call.Cluster.ApisAsync();
            return view with { ClusterId = (await call.Cluster.DescriptionAsync()).ClusterId, Can = AbilitiesOf(call, apis) };
        }
        catch (KafkaException unreachable)
        {
            return view with { Failure = unreachable.Message };
        }
    }

    private static Abilities AbilitiesOf(ConsoleCall call, Clusters.ClusterApis apis) => new()
    {
        CreateTopics = apis.Has(ApiKey.CreateTopics),
        DeleteTopics = apis.Has(ApiKey.DeleteTopics),
        CreatePartitions = apis.Has(ApiKey.CreatePartitions),
        DeleteRecords = apis.Has(ApiKey.DeleteRecords),
        Configs = apis.Has(ApiKey.DescribeConfigs),
        AlterConfigs = apis.Has(ApiKey.IncrementalAlterConfigs),
        LogDirs = apis.Has(ApiKey.DescribeLogDirs),
        Groups = apis.Has(ApiKey.ListGroups) && apis.Has(ApiKey.DescribeGroups),
        ResetOffsets = apis.Has(ApiKey.OffsetCommit),
        DeleteGroups = apis.Has(ApiKey.DeleteGroups),
        DeleteOffsets = apis.Has(ApiKey.OffsetDelete),
        Acls = apis.Has(ApiKey.DescribeAcls),
        Users = apis.Has(ApiKey.DescribeUserScramCredentials),
        Quotas = apis.Has(ApiKey.DescribeClientQuotas),
        Tokens = apis.Has(ApiKey.DescribeDelegationToken),
        Transactions = apis.Has(ApiKey.ListTransactions) && apis.Has(ApiKey.DescribeTransactions),
        Producers = apis.Has(ApiKey.DescribeProducers),
        Reassignments = apis.Has(ApiKey.ListPartitionReassignments),
        ElectLeaders = apis.Has(ApiKey.ElectLeaders),
        Znodes = call.Cluster.ReadZnode is not null,
    };

    private static string NameOf(ConsoleSignIn signIn) => signIn switch
    {
        ConsoleSignIn.Token => "token",
        ConsoleSignIn.Sasl => "sasl",
        _ => "oidc",
    };

    /// <summary>What a user signs in with.</summary>
    /// <param name="User">The name; of no meaning with a token.</param>
    /// <param name="Secret">The password, or the token.</param>
    internal sealed record Credentials(string? User, string? Secret)
    {
        /// <summary>The name alone.</summary>
        public override string ToString() => $"{User}";
    }

    /// <summary>An order that needs no more than its path.</summary>
    internal sealed record Nothing;

    /// <summary>The session as its page sees it.</summary>
    internal sealed record SessionView
    {
        public required string SignIn { get; init; }

        public string? User { get; init; }

        public string? Role { get; init; }

        public string? Csrf { get; init; }

        public string? ClusterId { get; init; }

        /// <summary>What the cluster can do; null while no broker can be asked.</summary>
        public Abilities? Can { get; init; }

        /// <summary>Why no broker can be asked; null where one can.</summary>
        public string? Failure { get; init; }
    }

    /// <summary>What the cluster can do: pages hide the rest.</summary>
    internal sealed record Abilities
    {
        public bool CreateTopics { get; init; }

        public bool DeleteTopics { get; init; }

        public bool CreatePartitions { get; init; }

        public bool DeleteRecords { get; init; }

        public bool Configs { get; init; }

        public bool AlterConfigs { get; init; }

        public bool LogDirs { get; init; }

        public bool Groups { get; init; }

        public bool ResetOffsets { get; init; }

        public bool DeleteGroups { get; init; }

        public bool DeleteOffsets { get; init; }

        public bool Acls { get; init; }

        public bool Users { get; init; }

        public bool Quotas { get; init; }

        public bool Tokens { get; init; }

        public bool Transactions { get; init; }

        public bool Producers { get; init; }

        public bool Reassignments { get; init; }

        public bool ElectLeaders { get; init; }

        public bool Znodes { get; init; }
    }
}
