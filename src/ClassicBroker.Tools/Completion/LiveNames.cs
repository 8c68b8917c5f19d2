using System.Globalization;
using ClassicBroker.Client;

namespace ClassicBroker.Tools.Completion;

/// <summary>
/// Names that the cluster knows at the moment. A person waits for them with a finger on the key: a cluster that does not answer soon has
/// none, nor has one that refuses. Used by one tool.
/// </summary>
internal sealed class LiveNames(CommandContext context, ToolHost host)
{
    /// <summary>What tools call the file with the properties of their client.</summary>
    private static readonly string[] ConfigOptions =
        ["command-config", "consumer.config", "producer.config", "admin.config", "config", "c"];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public Task<IReadOnlyList<string>> TopicsAsync() =>
        AskAsync(async admin => [.. (await admin.ListTopicsAsync(includeInternal: true)).Select(topic => topic.Name)]);

    public Task<IReadOnlyList<string>> GroupsAsync() =>
        AskAsync(async admin => [.. (await admin.ListGroupsAsync()).Found.Select(group => group.GroupId)]);

    public Task<IReadOnlyList<string>> BrokersAsync() =>
        AskAsync(async admin => [.. (await admin.DescribeClusterAsync()).Nodes.Select(node => Text(node.Id))]);

    public Task<IReadOnlyList<string>> TransactionalIdsAsync() =>
        AskAsync(async admin => [.. (await admin.ListTransactionsAsync()).Found.Select(one => one.TransactionalId)]);

    public Task<IReadOnlyList<string>> UsersAsync() =>
        AskAsync(async admin => [.. (await admin.DescribeScramUsersAsync(null)).Select(user => user.Name)]);

    /// <summary>The numbers of a topic's partitions.</summary>
    public Task<IReadOnlyList<string>> PartitionsAsync(string topic) =>
        AskAsync(async admin => [.. (await admin.DescribeTopicsAsync([topic]))[0].Partitions.Select(each => Text(each.Partition))]);

    /// <summary>The configs of a topic or a broker: those that can be set, or those that are set on it.</summary>
    public Task<IReadOnlyList<string>> ConfigsAsync(ConfigResource resource, bool isSet) =>
        AskAsync(async admin =>
        [
            .. (await admin.DescribeConfigsAsync([resource]))[0].Entries
                .Where(entry => isSet
                    ? entry.Source is ConfigSource.DynamicTopic or ConfigSource.DynamicBroker or ConfigSource.DynamicDefaultBroker
                    : !entry.IsReadOnly)
                .Select(entry => entry.Name),
        ]);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private async Task<IReadOnlyList<string>> AskAsync(Func<AdminClient, Task<IReadOnlyList<string>>> ask)
    {
        if (context.Value("bootstrap-server", "broker-list", "b") is not { } servers)
        {
            return [];
        }

        try
        {
            var properties = host.Load(context.Value(ConfigOptions));
            properties["bootstrap.servers"] = servers;
            await using var network = host.OpenNetwork();
            await using var admin = await network.AdminAsync(
                AdminConfig.FromProperties(properties) with { DefaultApiTimeout = Patience, RequestTimeout = Patience });
            return await ask(admin);
        }
        catch (Exception failure) when (failure is KafkaException or ToolException or JavaFailure)
        {
            return [];
        }
    }
}
