using ClassicBroker.Client.Classic;
using ClassicBroker.Client.Classic.Consumers;
using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Tests.Classic;

/// <summary>The shares of Kafka 0.8's <c>PartitionAssignor</c>, by its definition.</summary>
public sealed class StreamAssignorTests
{
    private static GroupView View(params (string Topic, int Partitions, string[] Threads)[] topics)
    {
        var threads = new SortedDictionary<string, StreamThread[]>(StringComparer.Ordinal);
        var partitions = new SortedDictionary<string, int[]>(StringComparer.Ordinal);
        foreach (var (topic, count, readers) in topics)
        {
            threads[topic] = [.. readers.Select(Thread).Order()];
            partitions[topic] = [.. Enumerable.Range(0, count)];
        }

        return new GroupView(threads, partitions);
    }

    private static StreamThread Thread(string text) => new(text[..^2], text[^1] - '0');

    private static string Shares(StreamAssignment strategy, GroupView view, params string[] consumers) =>
        string.Join(
            " | ",
            consumers.Select(consumer => string.Join(
                ' ', StreamAssignor.Assign(strategy, view, consumer).Select(share => $"{share.Key}:{share.Value}"))));

    [Fact]
    public void Range_gives_neighbouring_partitions_and_the_rest_to_the_first() =>
        Assert.Equal(
            "t-0:0 t-1:0 | t-2:0 t-3:0 | t-4:0",
            Shares(StreamAssignment.Range, View(("t", 5, ["a-0", "b-0", "c-0"])), "a", "b", "c"));

    [Fact]
    public void Range_counts_the_streams_of_each_member() =>
        Assert.Equal(
            "t-0:0 t-1:1 | t-2:0",
            Shares(StreamAssignment.Range, View(("t", 3, ["a-0", "a-1", "b-0"])), "a", "b"));

    [Fact]
    public void Threads_sort_as_text_so_that_10_comes_before_2()
    {
        var threads = Enumerable.Range(0, 11).Select(number => new StreamThread("a", number)).Order();
        Assert.Equal([0, 1, 10, 2, 3, 4, 5, 6, 7, 8, 9], threads.Select(thread => thread.Number));
    }

    [Fact]
    public void More_threads_than_partitions_leave_some_without() =>
        Assert.Equal("t-0:0 | ", Shares(StreamAssignment.Range, View(("t", 1, ["a-0", "b-0"])), "a", "b"));

    [Fact]
    public void A_topic_that_does_not_exist_is_no_share_of_anyone() =>
        Assert.Equal(
            "",
            Shares(StreamAssignment.Range, View(("t", 0, ["a-0"])) with { Partitions = new(StringComparer.Ordinal) }, "a"));

    /// <summary>
    /// In the order of Java's hashes: [t,0] = 87540032, [t,1] = 87540063, [u,0] = 87569823, [u,1] = 87569854.
    /// </summary>
    [Fact]
    public void Round_robin_deals_in_the_order_of_Javas_hash_of_the_partition()
    {
        Assert.Equal(87540032, JavaHash.OfString("[t,0]"));
        Assert.Equal(
            "t-0:0 u-0:0 | t-1:0 u-1:0",
            Shares(
                StreamAssignment.RoundRobin, View(("t", 2, ["a-0", "b-0"]), ("u", 2, ["a-0", "b-0"])), "a", "b"));
    }

    [Fact]
    public void Round_robin_passes_over_threads_that_do_not_read_the_topic() =>
        Assert.Equal(
            "t-0:0 u-0:0 | u-1:0 | t-1:0",
            Shares(
                StreamAssignment.RoundRobin,
                View(("t", 2, ["a-0", "c-0"]), ("u", 2, ["a-0", "b-0", "c-0"])),
                "a",
                "b",
                "c"));
}
