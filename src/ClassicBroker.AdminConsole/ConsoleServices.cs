using ClassicBroker.AdminConsole.Clusters;
using ClassicBroker.AdminConsole.Http;
using ClassicBroker.AdminConsole.Sampling;
using ClassicBroker.AdminConsole.Sessions;
using ClassicBroker.AdminConsole.Sessions.Oidc;

namespace ClassicBroker.AdminConsole;

/// <summary>What requests to the console share. Made once, by the <see cref="ConsoleServer"/>. Immutable.</summary>
internal sealed record ConsoleServices
{
    public required ConsoleConfig Config { get; init; }

    public required ConsoleCluster Cluster { get; init; }

    public required SessionTable Sessions { get; init; }

    public required SignInLimit Limit { get; init; }

    public required OneTimeToken Token { get; init; }

    public required PasswordCheck Passwords { get; init; }

    /// <summary>Null where users do not sign in at an OpenID provider.</summary>
    public required OidcProvider? Oidc { get; init; }

    public required AuditLog Audit { get; init; }

    public required ClusterSampler Sampler { get; init; }

    public required ConsoleRoutes Routes { get; init; }

    public required TimeProvider Time { get; init; }
}
