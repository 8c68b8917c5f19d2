using ClassicBroker.Rpc.Http;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Metrics;
using ClassicBroker.Server.Security;
using ClassicBroker.Server.Security.Tokens;

namespace ClassicBroker.Server.Parts;

/// <summary>TLS and SASL of the listeners and between brokers. Threading: any once made.</summary>
internal sealed class ListenerSecurityPart : BrokerPart
{
    private readonly BrokerCore _core;

    /// <exception cref="ConfigException">A key store, a login module or a mechanism cannot be used.</exception>
    public ListenerSecurityPart(BrokerCore core)
    {
        _core = core;
        var (environment, config) = (core.Environment, core.Config.Current);
        Tokens = new DelegationTokenCache(environment.Time);
        Scram = new ScramCredentialCache(Tokens);
        Tls = new BrokerTls(config, environment.Files, core.Logger<BrokerTls>());
        Sasl = new BrokerSasl(
            config,
            new SaslEnvironment(
                environment.Files, environment.Random, environment.Time, environment.Loggers, environment.SystemProperties)
            {
                Kerberos = environment.Kerberos,
                Http = new HttpRequester(environment.Transport, environment.ZooKeeperLoop),
            },
            Scram);
        SecurityMetrics.Register(core.Meters, Tls);
    }

    public BrokerTls Tls { get; }

    public BrokerSasl Sasl { get; }

    /// <summary>Who may log in by SCRAM.</summary>
    public ScramCredentialCache Scram { get; }

    /// <summary>By which delegation tokens.</summary>
    public DelegationTokenCache Tokens { get; }

    /// <summary>Has the keys that signed tokens are verified with before any listener opens.</summary>
    public override Task StartAsync() => Sasl.StartAsync();

    public override Task StopAsync()
    {
        Sasl.Stop();
        return Task.CompletedTask;
    }

    /// <summary>Takes what ZooKeeper holds of their keys, and its changes from here on.</summary>
    public void FollowConfig()
    {
        Tls.Begin(_core.Config.Current);
        Sasl.Reload(_core.Config.Current);
        _core.Config.OnChange(Reload);
        _core.Config.OnValidate(Tls.Check);
        _core.Config.OnValidate(Sasl.Check);
    }

    private void Reload(KafkaConfig config)
    {
        Tls.Reload(config);
        Sasl.Reload(config);
    }
}
