using ClassicBroker.Server.Security.Tokens;

namespace ClassicBroker.Server.Parts;

/// <summary>
/// Delegation tokens, where a secret for them is configured; they are loaded before the first client can log in by one. Threading: any once
/// started.
/// </summary>
internal sealed class TokensPart(BrokerCore core, ListenerSecurityPart security, ClusterPart cluster, ControlPart control) : BrokerPart
{
    /// <summary>Null where tokens are turned off.</summary>
    public DelegationTokens? Tokens { get; private set; }

    public override async Task StartAsync()
    {
        if (core.Config.Current.DelegationTokenSecretKey is not { } secret)
        {
            return;
        }

        var (environment, store) = (core.Environment, cluster.Store);
        Tokens = new DelegationTokens(
            secret,
            TokenLifetimes.Of(core.Config.Current),
            security.Tokens,
            store.DelegationTokens,
            environment.ZooKeeperLoop,
            environment.Random,
            core.Logger<DelegationTokens>());
        await Tokens.StartAsync(store.Znodes, store.Session, () => control.Gateway.IsActive, environment.Loggers);
    }

    public override Task StopAsync()
    {
        Tokens?.Stop();
        return Task.CompletedTask;
    }
}
