using ClassicBroker.AdminConsole.Clusters;
using ClassicBroker.AdminConsole.Http;
using ClassicBroker.Client;
using ClassicBroker.Protocol;

namespace ClassicBroker.AdminConsole.Api;

/// <summary>The list of topics, and topics made and deleted. Stateless.</summary>
internal static class TopicsApi
{
    private const int DeletedAtOnceMax = 200;

    public static void AddTo(ConsoleRoutes routes)
    {
        routes.Get(
            "/api/topics", "A page of the topics; sort is name, partitions, size or replication", "search internal sort desc page size",
            ConsoleJson.Default.PageOfTopicRow, ListAsync);
        routes.Post("/api/topics", ConsoleRole.Operator, "Creates a topic; with dryRun only checks it", ConsoleJson.Default.TopicOrder,
            CreateAsync);
        routes.Post(
            "/api/topics/delete", ConsoleRole.Admin, "Deletes topics; confirm is the name, or their number where there are several",
            ConsoleJson.Default.TopicDeletion, ConsoleJson.Default.Outcomes, DeleteAsync);
    }

    private static async Task<PageOf<TopicRow>> ListAsync(ConsoleCall call)
    {
        var topics = await call.Cluster.TopicsAsync();
        var sizes = await call.Cluster.SizesAsync();
        var (search, withInternal) = (call.Text("search"), call.Flag("internal"));
        var found = topics.All.Where(topic =>
            (withInternal || !topic.IsInternal) && (search is null || topic.Name.Contains(search, StringComparison.OrdinalIgnoreCase)));
        var sorted = call.Text("sort") switch
        {
            "partitions" => found.OrderBy(topic => topic.Partitions.Count),
            "size" => found.OrderBy(topic => sizes.OfTopic(topic.Name) ?? 0),
            "replication" => found.OrderBy(Replication),
            _ => found.OrderBy(topic => topic.Name, StringComparer.Ordinal),
        };
        TopicDescription[] ordered = [.. sorted.ThenBy(topic => topic.Name, StringComparer.Ordinal)];
        if (call.Flag("desc"))
        {
            Array.Reverse(ordered);
        }

        var page = PageOf<TopicDescription>.Cut(ordered, call.Page());
        return new(page.Total, page.Page, page.Size,
            [.. page.Rows.Select(topic => Row(topic, sizes, call.Services.Sampler.RateOf(topic.Name)))]);
    }

    private static int Replication(TopicDescription topic) =>
        topic.Partitions.Count == 0 ? 0 : topic.Partitions.Max(each => each.Replicas.Count);

    private static TopicRow Row(TopicDescription topic, ClusterSizes sizes, double? rate) => new(
        topic.Name,
        topic.IsInternal,
        topic.Partitions.Count,
        Replication(topic),
        topic.Partitions.Count(ClusterTopics.IsUnderReplicated),
        topic.Partitions.Count(partition => partition.Leader < 0),
        sizes.OfTopic(topic.Name),
        rate);

    private static async Task CreateAsync(ConsoleCall call, TopicOrder order)
    {
        if (order.Name is not { Length: > 0 } name)
        {
            throw ApiException.BadRequest("The topic needs a name.");
        }

        if (order.Partitions is < 1 or > 100_000 || order.ReplicationFactor is < 1 or > short.MaxValue)
        {
            throw ApiException.BadRequest("Partitions and replication factor are at least 1; leave them empty for the brokers' defaults.");
        }

        await call.Cluster.RequireAsync(ApiKey.CreateTopics);
        var topic = new NewTopic(name)
        {
            Partitions = order.Partitions,
            ReplicationFactor = (short?)order.ReplicationFactor,
            Configs = order.Configs ?? new Dictionary<string, string>(),
        };
        (await call.Cluster.Admin.CreateTopicsAsync([topic], order.DryRun))[0].ThrowIfFailed();
        if (!order.DryRun)
        {
            call.Cluster.Forget();
            call.Audit("create topic", name);
            await call.Cluster.AwaitTopicAsync(name);
        }
    }

    private static async Task<Outcomes> DeleteAsync(ConsoleCall call, TopicDeletion order)
    {
        if (order.Names is not { Count: > 0 and <= DeletedAtOnceMax } names)
        {
            throw ApiException.BadRequest($"Name from 1 to {DeletedAtOnceMax} topics.");
        }

        ConsoleCall.RequireConfirmation(order.Confirm, names.Count == 1 ? names[0] : $"{names.Count} topics");
        await call.Cluster.RequireAsync(ApiKey.DeleteTopics);
        var results = await call.Cluster.Admin.DeleteTopicsAsync([.. names]);
        call.Cluster.Forget();
        foreach (var result in results.Where(result => result.Failure is null))
        {
            call.Audit("delete topic", result.Name);
        }

        return Outcomes.Of(results.Select(result => (result.Name, result.Failure)));
    }

    /// <summary>A topic in the list. Size and rate are null where they are not known.</summary>
    internal sealed record TopicRow(
        string Name, bool IsInternal, int Partitions, int Replication, int UnderReplicated, int Offline, long? Bytes,
        double? RecordsPerSecond);

    /// <summary>A topic to create. What is not given is the brokers' default.</summary>
    internal sealed record TopicOrder(
        string? Name, int? Partitions, int? ReplicationFactor, IReadOnlyDictionary<string, string>? Configs, bool DryRun);

    /// <summary>Topics to delete, and what the user typed to confirm that.</summary>
    internal sealed record TopicDeletion(IReadOnlyList<string>? Names, string? Confirm);
}
