using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>
/// How long a client that belongs there waits for the acknowledgement of a record, at a fixed rate over SASL_SSL, while nothing else goes on
/// and while strangers flood the same listener: connections that say nothing, handshakes that do not end, frames that are none, and wrong
/// passwords. The flood runs as a process of its own, on the same cores and behind all others: strangers have machines of their own, and
/// what they compute is not to be measured.
/// </summary>
internal static class FloodRows
{
    private const int RecordsPerSecond = 500;
    private const int QuietRecords = 15_000;
    private const int Connections = 100_000;
    private const int ConnectionsPerSecond = 2_000;
    private const string Topic = "bench-flood";

    /// <summary>How long a connection that says nothing stands.</summary>
    private static readonly TimeSpan Held = TimeSpan.FromSeconds(2);

    public static async Task<string[]> MeasureAsync()
    {
        await using var cluster = await SecuredBroker.StartAsync();
        await cluster.CreateTopicAsync(Topic);
        var frame = WireFrames.Produce(Topic, acks: 1, 1024, batchBytes: 0, out _);
        using var connection = LoadConnection.OpenSasl(cluster.SaslTlsPort, SecuredBroker.User, tls: true);
        Measure(connection, frame, count => count < QuietRecords / 5);
        var quiet = Measure(connection, frame, count => count < QuietRecords);
        await using var flood = ChildProcess.Start(
            "chrt", ["--idle", "0", Environment.ProcessPath!, "flood", $"{cluster.SaslTlsPort}", $"{Connections}", $"{ConnectionsPerSecond}"]);
        await flood.WaitForAsync("flooding", TimeSpan.FromSeconds(10));
        var flooded = Measure(connection, frame, _ => !flood.HasExited);
        var told = flood.Output.Split('\n').Last(line => line.Contains("connections", StringComparison.Ordinal));
        return
        [
            $"p50 {At(flooded, 0.5)}, p99 {At(flooded, 0.99)} ms at {RecordsPerSecond}/s beside {told}",
            $"p50 {At(quiet, 0.5)}, p99 {At(quiet, 0.99)} ms without",
            string.Create(CultureInfo.InvariantCulture, $"p99 {flooded[Index(flooded, 0.99)] / quiet[Index(quiet, 0.99)]:F1} times"),
            "",
        ];

        static string At(double[] sorted, double share) => BenchmarkTable.Number(sorted[Index(sorted, share)]);
    }

    /// <summary>Opens connections at a rate and does with each what its number says: most say nothing. Tells what it did.</summary>
    public static async Task<int> FloodAsync(int port, int connections, int perSecond)
    {
        var wrong = new ScramUser("app", "a-guess");
        var counts = new int[5];
        var under = new List<Task>();
        Console.WriteLine("flooding");
        var clock = Stopwatch.StartNew();
        for (var number = 0; number < connections; number++)
        {
            under.Add(AttackAsync(port, number, wrong, counts));
            if (number % 50 == 49)
            {
                var ahead = TimeSpan.FromSeconds((double)number / perSecond) - clock.Elapsed;
                await Task.Delay(ahead > TimeSpan.Zero ? ahead : TimeSpan.Zero);
                under.RemoveAll(task => task.IsCompleted);
            }
        }

        await Task.WhenAll(under);
        Console.WriteLine(
            $"{connections} connections in {clock.Elapsed.TotalSeconds:F0} s: {counts[0]} half open, {counts[1]} slow handshakes, "
            + $"{counts[2]} hostile frames, {counts[3]} wrong passwords, {counts[4]} refused");
        return 0;
    }

    private static async Task AttackAsync(int port, int number, ScramUser wrong, int[] counts)
    {
        using var over = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            using var socket = await Stranger.ConnectAsync(port, 1 + (number % 200), over.Token);
            var kind = (number % 100) switch { < 85 => 0, < 90 => 1, < 98 => 2, _ => 3 };
            Interlocked.Increment(ref counts[kind]);
            switch (kind)
            {
                case 0:
                    await Task.Delay(Held, over.Token);
                    break;
                case 1:
                    over.CancelAfter(Held);
                    await Stranger.DripAsync(socket, TimeSpan.FromMilliseconds(100), over.Token);
                    break;
                case 2:
                    await Stranger.AttackAsync(socket, number, over.Token);
                    break;
                default:
                    await Stranger.LogInAsync(socket, wrong, over.Token);
                    break;
            }
        }
        catch (Exception ended) when (ended is SocketException or OperationCanceledException or IOException)
        {
            counts[4] += ended is SocketException ? 1 : 0;
        }
    }

    /// <summary>Milliseconds from when a record was due to its acknowledgement, sorted, for as long as there is to be another.</summary>
    private static double[] Measure(LoadConnection connection, byte[] frame, Func<int, bool> goesOn)
    {
        var took = new List<double>();
        var due = new System.Collections.Concurrent.BlockingCollection<long>();
        var answers = new Thread(() =>
        {
            foreach (var at in due.GetConsumingEnumerable())
            {
                connection.Receive([]);
                took.Add((Stopwatch.GetTimestamp() - at) * 1000.0 / Stopwatch.Frequency);
            }
        });
        answers.Start();
        var start = Stopwatch.GetTimestamp();
        for (var count = 0; goesOn(count); count++)
        {
            var at = start + (long)((double)count / RecordsPerSecond * Stopwatch.Frequency);
            Pace.WaitUntil(at);
            due.Add(at);
            connection.Send(frame);
        }

        due.CompleteAdding();
        answers.Join();
        return [.. took.Order()];
    }

    private static int Index(double[] sorted, double share) => (int)(share * (sorted.Length - 1));
}
