using System.Buffers.Binary;
using System.Diagnostics;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>
/// From the moment a record is due to be sent to the moment a waiting consumer has it, at a fixed rate and acks=all, beside bare loops that
/// append and copy the same frames at the same rate. Times count from when a record was due, so a stall is charged to all that came late.
/// </summary>
internal static class LatencyRows
{
    private const int RecordsPerSecond = 1000;
    private const int Records = 10_000;

    public static Task<string[]> MeasureAsync(BenchmarkCluster cluster) => MeasureAsync(cluster, [0]);

    /// <summary>The same with followers, which have each record before it is acknowledged and seen.</summary>
    public static async Task<string[]> MeasureReplicatedAsync()
    {
        await using var cluster = await BenchmarkCluster.StartAsync(brokers: 3);
        return await MeasureAsync(cluster, [0, 1, 2]);
    }

    private static async Task<string[]> MeasureAsync(BenchmarkCluster cluster, int[] replicas)
    {
        var topic = await cluster.CreateTopicAsync([replicas]);
        var frame = WireFrames.Produce(topic, -1, 100, 1, out _);
        var bare = await BareAsync(cluster, frame, replicas.Length);
        var due = new long[Records];
        var seen = new long[Records];
        using var producing = LoadConnection.Open(cluster.Broker.Port);
        using var consuming = LoadConnection.Open(cluster.Broker.Port);
        LoadRun.Send(producing, frame, 1, 1);
        var consumer = new Thread(() => Consume(consuming, topic, seen));
        consumer.Start();
        Send(producing, frame, due, new long[Records]);
        consumer.Join();
        await cluster.DeleteTopicAsync(topic);
        var ours = Milliseconds(due, seen);
        return
        [
            $"{Shown(ours)} at {RecordsPerSecond}/s",
            $"{Shown(bare)} receive, append{(replicas.Length == 1 ? "" : ", copy to two that append")} and answer",
            $"{At(bare, 0.5) / At(ours, 0.5):P0} of p50",
            "",
        ];
    }

    private static async Task<double[]> BareAsync(BenchmarkCluster cluster, byte[] frame, int replicas)
    {
        await using var bare = await BareReplicas.StartAsync(cluster.Scratch, replicas);
        using var connection = LoadConnection.Open(bare.Port);
        LoadRun.Send(connection, frame, 1, 1);
        var (due, answered) = (new long[Records], new long[Records]);
        Send(connection, frame, due, answered);
        return Milliseconds(due, answered);
    }

    /// <summary>Sends at the rate; ends once all are answered.</summary>
    private static void Send(LoadConnection connection, byte[] frame, long[] due, long[] answered)
    {
        var start = Stopwatch.GetTimestamp();
        var answers = new Thread(() =>
        {
            for (var i = 0; i < Records; i++)
            {
                connection.Receive([]);
                answered[i] = Stopwatch.GetTimestamp();
            }
        });
        answers.Start();
        for (var i = 0; i < Records; i++)
        {
            due[i] = start + (long)((double)i / RecordsPerSecond * Stopwatch.Frequency);
            Pace.WaitUntil(due[i]);
            connection.Send(frame);
        }

        answers.Join();
    }

    private static double[] Milliseconds(long[] due, long[] seen) =>
        [.. due.Zip(seen, (sent, arrived) => (arrived - sent) * 1000.0 / Stopwatch.Frequency).Order()];

    private static double At(double[] milliseconds, double share) => milliseconds[(int)(share * (Records - 1))];

    private static string Shown(double[] milliseconds)
    {
        string Number(double share) => BenchmarkTable.Number(At(milliseconds, share));
        return $"p50 {Number(0.5)}, p99 {Number(0.99)}, p99.9 {Number(0.999)} ms";
    }

    private static void Consume(LoadConnection connection, string topic, long[] seen)
    {
        var request = WireFrames.Fetch(topic, 1 << 20, maxWaitMs: 1000, out var offsetPosition);
        // As in LoadRun.Fetch.
        var recordsAt = 48 + topic.Length;
        Span<byte> head = stackalloc byte[256];
        var offset = 1L;
        while (offset <= Records)
        {
            BinaryPrimitives.WriteInt64BigEndian(request.AsSpan(offsetPosition), offset);
            connection.Send(request);
            var length = connection.Receive(head);
            var now = Stopwatch.GetTimestamp();
            // Every batch here holds one record and all are of one size.
            var count = length <= recordsAt ? 0 : (length - recordsAt) / (BinaryPrimitives.ReadInt32BigEndian(head[(recordsAt + 8)..]) + 12);
            for (var i = 0; i < count && offset <= Records; i++)
            {
                seen[offset++ - 1] = now;
            }
        }
    }
}
