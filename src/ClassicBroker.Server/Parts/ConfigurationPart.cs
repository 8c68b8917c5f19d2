using ClassicBroker.Server.Config;
using ClassicBroker.Server.Hosting;
using ClassicBroker.Server.Metrics;
using ClassicBroker.Server.Quotas;
using ClassicBroker.Server.Security;
using ClassicBroker.Server.Topics;
using ClassicBroker.Transport;

namespace ClassicBroker.Server.Parts;

/// <summary>
/// What ZooKeeper holds of the broker's, the topics', the users' and the clients' configuration, read before a log is opened with it.
/// Threading: any once started.
/// </summary>
internal sealed class ConfigurationPart(BrokerCore core, ListenerSecurityPart security, ClusterPart cluster) : BrokerPart
{
    public DynamicPasswords Passwords { get; } =
        new(core.Config.Current, core.Environment.Random, core.Logger<DynamicPasswords>());

    public TopicLogConfigs Topics { get; private set; } = null!;

    public QuotaEnforcement Quotas { get; private set; } = null!;

    /// <summary>The limits of connections, which quotas of addresses are part of.</summary>
    public ConnectionQuotas Connections { get; } = new(core.Environment.Time);

    /// <summary>Acts on changes; told of them by <see cref="ConfigFollowingPart"/>.</summary>
    public ConfigChanges Changes { get; private set; } = null!;

    public override async Task StartAsync()
    {
        var environment = core.Environment;
        var store = cluster.Store.Configs;
        Topics = new TopicLogConfigs(store, core.Config, environment.SchedulerLoop, core.Logger<TopicLogConfigs>());
        Quotas = new QuotaEnforcement(core.Config.Current, environment.Time);
        QuotaMetrics.Register(core.Meters, Quotas);
        var quotas = new StoredQuotas(store, Quotas, Connections, environment.Resolver, core.Logger<StoredQuotas>());
        Changes = new ConfigChanges(
            store, core.Config, Passwords, Topics, quotas, cluster.Identity.BrokerId, core.Logger<ConfigChanges>())
        {
            ScramUserChanged = security.Scram.Update,
        };
        await Passwords.RotateAsync(store, cluster.Identity.BrokerId);
        await Changes.LoadBrokerConfigAsync();
        var users = new ScramUsers(store);
        await security.Scram.LoadAsync(users, cluster.Identity.ClusterId);
        if (await users.FindReadableByWorldAsync(security.Scram.Users) is { } user)
        {
            core.Trace.ReadableSecrets(user);
        }

        await Topics.LoadAllAsync();
        await quotas.LoadAsync();
        core.Config.OnValidate(proposed => ListenerChanges.Check(core.Config.Current.Listeners.Bound, proposed));
        security.FollowConfig();
        core.Config.OnChange(_ => Topics.OnBrokerConfigChanged());
        core.Config.OnChange(changed => environment.Reconfigured?.Invoke(changed));
        environment.Reconfigured?.Invoke(core.Config.Current);
    }
}
