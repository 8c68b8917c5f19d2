using ClassicBroker.Client;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Tools.Configs;

namespace ClassicBroker.Tools.Completion;

/// <summary>What can stand behind an option. Nothing, where the shell's own names of files are as good. Used by one tool.</summary>
internal sealed class ValueCandidates(CommandContext context, LiveNames names)
{
    /// <summary>Values of the option; the part of a list behind its last comma is what is being written.</summary>
    public async Task<IReadOnlyList<string>> FindAsync(string option, string current)
    {
        var comma = IsList(option) ? current.LastIndexOf(',') + 1 : 0;
        return [.. (await AllAsync(option)).Select(value => current[..comma] + value)];
    }

    private bool IsList(string option) =>
        option is "topic-list" or "add-config" or "delete-config" or "partitions" || (option == "broker-list" && TakesBrokerIds);

    private bool TakesBrokerIds => context.Tool is "kafka-log-dirs" or "kafka-reassign-partitions";

    private async Task<IReadOnlyList<string>> AllAsync(string option) =>
        option switch
        {
            "topic" or "topic-list" or "include" or "whitelist" or "topics-include" or "input-topics" => await names.TopicsAsync(),
            "group" or "application-id" => await names.GroupsAsync(),
            "partition" or "partitions" when context.Value("topic") is { } topic => await names.PartitionsAsync(topic),
            "broker" or "broker-logger" or "broker-id" => await names.BrokersAsync(),
            "broker-list" when TakesBrokerIds => await names.BrokersAsync(),
            "transactional-id" => await names.TransactionalIdsAsync(),
            "user" when context.Tool == "kafka-configs" => await names.UsersAsync(),
            "entity-name" => await EntitiesAsync(),
            "add-config" => [.. (await ConfigsAsync(isSet: false)).Select(name => name + "=")],
            "delete-config" => await ConfigsAsync(isSet: true),
            "config" when context.Tool == "kafka-topics" => [.. ConfigNames.Topics.Select(name => name + "=")],
            _ => Fixed(option),
        };

    private static IReadOnlyList<string> Fixed(string option) =>
        option switch
        {
            "output" => ["json", "table", "yaml"],
            "entity-type" => ["topics", "clients", "users", "brokers", "broker-loggers", "ips", "client-metrics"],
            "election-type" => ["preferred", "unclean"],
            "operation" => [.. AclNames.Operations.Select(AclNames.Upper)],
            "resource-pattern-type" => ["any", "literal", "match", "prefixed"],
            "time" => ["earliest", "latest", "max-timestamp"],
            "compression-codec" => ["gzip", "lz4", "none", "snappy", "zstd"],
            _ => [],
        };

    private async Task<IReadOnlyList<string>> EntitiesAsync() =>
        context.Value("entity-type") switch
        {
            "topics" => await names.TopicsAsync(),
            "brokers" or "broker-loggers" => await names.BrokersAsync(),
            "users" => await names.UsersAsync(),
            _ => [],
        };

    /// <summary>The configs of the entity that the command line names; those that are known of its type where it is not reached.</summary>
    private async Task<IReadOnlyList<string>> ConfigsAsync(bool isSet)
    {
        var type = context.Value("entity-type") ?? (
            context.Has("topic") ? "topics"
            : context.Has("broker") || context.Has("broker-defaults") ? "brokers"
            : context.Has("user") || context.Has("user-defaults") ? "users"
            : context.Has("client") || context.Has("client-defaults") ? "clients"
            : context.Has("ip") || context.Has("ip-defaults") ? "ips"
            : "");
        var name = context.Value("entity-name", "topic", "broker");
        var live = (type, name) switch
        {
            ("topics", not null) => await names.ConfigsAsync(ConfigResource.Topic(name), isSet),
            ("brokers", not null) when int.TryParse(name, out var id) => await names.ConfigsAsync(ConfigResource.Broker(id), isSet),
            _ => [],
        };
        return live.Count > 0 ? live : type switch
        {
            "topics" => ConfigNames.Topics,
            "brokers" => ConfigNames.Brokers,
            "users" => ConfigNames.Users,
            "clients" => ConfigNames.Clients,
            "ips" => ConfigNames.Ips,
            _ => [],
        };
    }
}
