using ClassicBroker.Metadata.Stores;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Quotas;
using ClassicBroker.Server.Topics;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Hosting;

/// <summary>
/// Acts on notifications of <c>/config/changes</c>: each only names an entity, whose configuration is read again. Threading: the
/// ZooKeeper loop, one notification at a time.
/// </summary>
internal sealed partial class ConfigChanges(
    ConfigStore store,
    DynamicBrokerConfig broker,
    DynamicPasswords passwords,
    TopicLogConfigs topics,
    StoredQuotas quotas,
    BrokerId brokerId,
    ILogger<ConfigChanges> logger)
{
    /// <summary>Told of a topic that allows unclean elections, so that the controller may look for leaders.</summary>
    public Action<string>? UncleanElectionEnabled { get; set; }

    /// <summary>Told of a user's configuration as it is now, by plain name.</summary>
    public required Action<string, SortedDictionary<string, string>> ScramUserChanged { get; init; }

    public async Task HandleAsync(string name, byte[] data)
    {
        var (type, entity) = ConfigChangeZnode.Decode(name, data);
        switch (type)
        {
            case ConfigEntityZnode.Topics:
                await RefreshTopicAsync(entity);
                break;
            case ConfigEntityZnode.Brokers:
                await LoadBrokerConfigAsync();
                break;
            case ConfigEntityZnode.Users:
                await quotas.RefreshAsync(type, entity);
                await RefreshUserAsync(entity.Split('/')[0]);
                break;
            case ConfigEntityZnode.Clients or ConfigEntityZnode.Ips:
                await quotas.RefreshAsync(type, entity);
                break;
        }
    }

    /// <summary>Reads the dynamic values of this broker and of all brokers. A znode that cannot be read leaves them as they were.</summary>
    public async Task LoadBrokerConfigAsync()
    {
        var clusterWide = await store.TryGetAsync(ConfigEntityZnode.Brokers, ConfigEntityZnode.DefaultEntity);
        var perBroker = await store.TryGetAsync(ConfigEntityZnode.Brokers, brokerId.ToString());
        broker.Update(clusterWide ?? broker.ClusterWide, perBroker is null ? broker.PerBroker : passwords.Decode(perBroker));
    }

    private async Task RefreshTopicAsync(string topic)
    {
        await topics.RefreshAsync(topic);
        if (topics.Of(topic).UncleanLeaderElectionEnable && topics.Overrides(topic).ContainsKey("unclean.leader.election.enable"))
        {
            UncleanElectionEnabled?.Invoke(topic);
        }
    }

    /// <summary>Scripts that create SCRAM users wait for this line: it tells that the broker has seen the user.</summary>
    private async Task RefreshUserAsync(string user)
    {
        if (await store.TryGetAsync(ConfigEntityZnode.Users, user) is not { } config)
        {
            return;
        }

        if (user != ConfigEntityZnode.DefaultEntity)
        {
            ScramUserChanged(Sanitizer.Desanitize(user), config);
        }

        foreach (
            var (key, quota) in new[] { (
                "producer_byte_rate", "Produce"), ("consumer_byte_rate", "Fetch"), ("request_percentage", "Request") })
        {
            if (QuotaConfigDefinition.Clients.Contains(key) && config.TryGetValue(key, out var bound))
            {
                LogQuotaChanged(quota, Plain(user), bound);
            }
            else
            {
                LogQuotaRemoved(quota, Plain(user));
            }
        }
    }

    private static string Plain(string user) => user == ConfigEntityZnode.DefaultEntity ? user : Sanitizer.Desanitize(user);

    [LoggerMessage(Level = LogLevel.Information, Message = "Changing {Quota} quota for user {User} to {Bound}")]
    private partial void LogQuotaChanged(string quota, string user, string bound);

    [LoggerMessage(Level = LogLevel.Information, Message = "Removing {Quota} quota for user {User}")]
    private partial void LogQuotaRemoved(string quota, string user);
}
