using ClassicBroker.AdminConsole.Http;
using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;

namespace ClassicBroker.AdminConsole.Api;

/// <summary>Transactions, those that no coordinator knows among them, and their end by hand (KIP-664). Stateless.</summary>
internal static class TransactionsApi
{
    private const int PartitionsLookedAtMax = 500;
    private const int UsualMaxAgeMinutes = 15;
    private const int MinuteMs = 60_000;

    public static void AddTo(ConsoleRoutes routes)
    {
        routes.Get(
            "/api/transactions", "A page of the transactional ids", "search state page size", ConsoleJson.Default.PageOfTransactionRow,
            ListAsync);
        routes.Get("/api/transaction", "A transactional id in full", "id", ConsoleJson.Default.TransactionView, ShowAsync);
        routes.Get("/api/topic/producers", "The producers that a partition knows", "topic partition", ConsoleJson.Default.ProducerList,
            ProducersAsync);
        routes.Get(
            "/api/transactions/hanging", "Transactions that are open for longer than minutes and that no coordinator will end", "topic minutes",
            ConsoleJson.Default.HangingList, HangingAsync);
        routes.Post(
            "/api/transactions/abort", ConsoleRole.Admin, "Writes an abort marker into a partition; confirm is topic-partition",
            ConsoleJson.Default.AbortOrder, AbortAsync);
    }

    private static async Task<PageOf<TransactionRow>> ListAsync(ConsoleCall call)
    {
        await call.Cluster.RequireAsync(ApiKey.ListTransactions);
        var (search, state) = (call.Text("search"), call.Text("state"));
        var page = PageOf<TransactionListing>.Cut(
            [
                .. (await call.Cluster.Admin.ListTransactionsAsync()).ThrowIfFailed()
                    .Where(each => (search is null || each.TransactionalId.Contains(search, StringComparison.OrdinalIgnoreCase))
                        && (state is null || each.State == state))
                    .OrderBy(each => each.TransactionalId, StringComparer.Ordinal),
            ],
            call.Page());
        return new(page.Total, page.Page, page.Size, [.. page.Rows.Select(each => new TransactionRow(
            each.TransactionalId, each.Coordinator, each.ProducerId, each.State))]);
    }

    private static async Task<TransactionView> ShowAsync(ConsoleCall call)
    {
        var id = call.Required("id");
        await call.Cluster.RequireAsync(ApiKey.DescribeTransactions);
        var described = await call.Cluster.Admin.DescribeTransactionAsync(id);
        return new TransactionView
        {
            TransactionalId = id,
            Coordinator = described.Coordinator,
            ProducerId = described.ProducerId,
            ProducerEpoch = described.ProducerEpoch,
            State = described.State,
            TimeoutMs = described.TimeoutMs,
            StartMs = described.StartMs,
            Partitions = [.. described.Partitions.Select(partition => partition.ToString())],
        };
    }

    private static async Task<ProducerList> ProducersAsync(ConsoleCall call)
    {
        await call.Cluster.RequireAsync(ApiKey.DescribeProducers);
        var producers = await call.Cluster.Admin.DescribeProducersAsync(call.Partition());
        return new([.. producers.OrderBy(producer => producer.ProducerId).Select(producer => new ProducerRow(
            producer.ProducerId, producer.ProducerEpoch, producer.LastSequence, producer.LastTimestampMs,
            producer.TransactionStartOffset))]);
    }

    /// <summary>
    /// An open transaction hangs where its producer's coordinator does not know of it: it is none of the producer's, is not ongoing, or
    /// does not hold the partition.
    /// </summary>
    private static async Task<HangingList> HangingAsync(ConsoleCall call)
    {
        await call.Cluster.RequireAsync(ApiKey.DescribeProducers);
        await call.Cluster.RequireAsync(ApiKey.ListTransactions);
        var age = call.Number("minutes", UsualMaxAgeMinutes, 0, int.MaxValue) * MinuteMs;
        var before = call.Services.Time.GetUtcNow().ToUnixTimeMilliseconds() - age;
        var topics = call.Text("topic") is { } name ? [await call.Cluster.TopicAsync(name)] : (await call.Cluster.TopicsAsync()).All;
        TopicPartition[] partitions =
        [
            .. from topic in topics
               from partition in topic.Partitions
               where partition.Leader >= 0
               select new TopicPartition(topic.Name, partition.Partition),
        ];
        var open = new List<(TopicPartition Partition, ProducerDescription Producer)>();
        foreach (var partition in partitions.Take(PartitionsLookedAtMax))
        {
            open.AddRange((await call.Cluster.Admin.DescribeProducersAsync(partition))
                .Where(producer => producer.TransactionStartOffset is not null && producer.LastTimestampMs <= before)
                .Select(producer => (partition, producer)));
        }

        var hanging = new List<HangingRow>();
        if (open.Count > 0)
        {
            var owners = await OwnersAsync(call, [.. open.Select(each => each.Producer.ProducerId).Distinct()]);
            foreach (var (partition, producer) in open)
            {
                var isOwned = owners.TryGetValue(producer.ProducerId, out var owner);
                if (!isOwned || owner.Described.ProducerEpoch != producer.ProducerEpoch || !owner.Described.Partitions.Contains(partition))
                {
                    hanging.Add(new(
                        partition.Topic, partition.Partition, isOwned ? owner.Id : null, producer.ProducerId, producer.ProducerEpoch,
                        producer.TransactionStartOffset!.Value, producer.LastTimestampMs));
                }
            }
        }

        return new(hanging, Math.Min(partitions.Length, PartitionsLookedAtMax), Math.Max(0, partitions.Length - PartitionsLookedAtMax));
    }

    /// <summary>The transactional ids of producers, and what their coordinators say of them: asked once for each.</summary>
    private static async Task<Dictionary<long, (string Id, TransactionDescription Described)>> OwnersAsync(
        ConsoleCall call, long[] producerIds)
    {
        var owners = new Dictionary<long, (string Id, TransactionDescription Described)>();
        foreach (var listed in (await call.Cluster.Admin.ListTransactionsAsync(producerIds)).ThrowIfFailed())
        {
            if (!owners.ContainsKey(listed.ProducerId))
            {
                var described = await call.Cluster.Admin.DescribeTransactionAsync(listed.TransactionalId);
                owners[listed.ProducerId] = (listed.TransactionalId, described);
            }
        }

        return owners;
    }

    private static async Task AbortAsync(ConsoleCall call, AbortOrder order)
    {
        var partition = new TopicPartition(order.Topic, order.Partition);
        ConsoleCall.RequireConfirmation(order.Confirm, partition.ToString());
        await call.Cluster.RequireAsync(ApiKey.WriteTxnMarkers);
        var producer = (await call.Cluster.Admin.DescribeProducersAsync(partition)).FirstOrDefault(each =>
                each.ProducerId == order.ProducerId && each.TransactionStartOffset == order.StartOffset)
            ?? throw ApiException.NotFound($"Producer {order.ProducerId} has no transaction open in {partition} that began at {order.StartOffset}.");
        await call.Cluster.Admin.AbortTransactionAsync(
            partition, producer.ProducerId, (short)producer.ProducerEpoch, Math.Max(0, producer.CoordinatorEpoch));
        call.Audit("abort transaction", $"producer {producer.ProducerId} in {partition}");
    }

    /// <summary>A transactional id in the list.</summary>
    internal sealed record TransactionRow(string TransactionalId, int Coordinator, long ProducerId, string State);

    /// <summary>A transactional id in full.</summary>
    internal sealed record TransactionView
    {
        public required string TransactionalId { get; init; }

        public int Coordinator { get; init; }

        public long ProducerId { get; init; }

        public int ProducerEpoch { get; init; }

        public required string State { get; init; }

        public int TimeoutMs { get; init; }

        public long? StartMs { get; init; }

        public required IReadOnlyList<string> Partitions { get; init; }
    }

    /// <summary>The producers of a partition.</summary>
    internal sealed record ProducerList(IReadOnlyList<ProducerRow> Producers);

    /// <summary>A producer; its transaction's first offset is null where it has none open.</summary>
    internal sealed record ProducerRow(
        long ProducerId, int Epoch, int LastSequence, long LastTimestampMs, long? TransactionStartOffset);

    /// <summary>Transactions that hang, and how many partitions were looked at and not.</summary>
    internal sealed record HangingList(IReadOnlyList<HangingRow> Transactions, int PartitionsLookedAt, int PartitionsNotLookedAt);

    /// <summary>A transaction that hangs.</summary>
    internal sealed record HangingRow(
        string Topic, int Partition, string? TransactionalId, long ProducerId, int Epoch, long StartOffset, long LastTimestampMs);

    /// <summary>A transaction to abort, and what the user typed to confirm that.</summary>
    internal sealed record AbortOrder(string Topic, int Partition, long ProducerId, long StartOffset, string? Confirm);
}
