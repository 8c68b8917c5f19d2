using System.Diagnostics;
using System.Net.Sockets;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>
/// Writes to partition 0 of a topic with acks=all, one record a request and a request a millisecond, wherever its leader is, and keeps the
/// longest time without an acknowledgement. Threading: <see cref="RunAsync"/> has its own; the rest is for the row's.
/// </summary>
internal sealed class WriteProbe(IReadOnlyList<KafkaServerProcess> brokers, string topic)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly byte[] _frame = WireFrames.Produce(topic, acks: -1, recordBytes: 100, batchBytes: 0, out _);
    private readonly CancellationTokenSource _stop = new();
    private long _acknowledged;
    private long _last;
    private long _longest;

    /// <summary>Runs <paramref name="disturb"/> while it writes; the longest gap from then on until it has written for a second again.</summary>
    public async Task<double> GapMsAsync(Func<Task> disturb)
    {
        var writing = Task.Factory.StartNew(Run, TaskCreationOptions.LongRunning);
        await WritesAgainAsync(writing, since: 0);
        Interlocked.Exchange(ref _longest, 0);
        await disturb();
        await WritesAgainAsync(writing, Interlocked.Read(ref _acknowledged));
        await _stop.CancelAsync();
        await writing;
        return Stopwatch.GetElapsedTime(0, _longest).TotalMilliseconds;
    }

    /// <summary>Ends once there have been acknowledgements throughout a second.</summary>
    private async Task WritesAgainAsync(Task writing, long since)
    {
        const int Beats = 10;
        var limit = Stopwatch.StartNew();
        for (var beats = 0; beats < Beats;)
        {
            await Task.Delay(100);
            if (writing.IsCompleted)
            {
                await writing;
            }

            var acknowledged = Interlocked.Read(ref _acknowledged);
            beats = acknowledged > since ? beats + 1 : 0;
            since = acknowledged;
            if (limit.Elapsed > Limit)
            {
                throw new TimeoutException($"Nothing is written to {topic} any more.");
            }
        }
    }

    private void Run()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (Leader() is { } leader)
                {
                    using var connection = LoadConnection.Open(leader.Port);
                    while (!_stop.IsCancellationRequested && TryWrite(connection))
                    {
                        Thread.Sleep(1);
                    }
                }
            }
            catch (Exception gone) when (gone is IOException or SocketException)
            {
                // The broker, or its connection, is gone: the next look finds another leader, or none yet.
            }

            Thread.Sleep(1);
        }
    }

    private bool TryWrite(LoadConnection connection)
    {
        Span<byte> head = stackalloc byte[128];
        connection.Send(_frame);
        connection.Receive(head);
        if (WireFrames.ProduceError(topic, head) != ErrorCode.None)
        {
            return false;
        }

        var now = Stopwatch.GetTimestamp();
        if (_last != 0)
        {
            Interlocked.Exchange(ref _longest, Math.Max(_longest, now - _last));
        }

        _last = now;
        Interlocked.Increment(ref _acknowledged);
        return true;
    }

    /// <summary>The leader as a broker that answers knows it.</summary>
    private KafkaServerProcess? Leader()
    {
        foreach (var broker in brokers)
        {
            try
            {
                using var connection = TypedConnection.OpenAsync(broker.Port).GetAwaiter().GetResult();
                var known = connection.AskAsync<MetadataRequest, MetadataResponse>(
                    new() { Topics = [new() { Name = topic }] }, 4).GetAwaiter().GetResult();
                if (known.Topics is [{ Partitions: [var partition] }] && Alive(partition.LeaderId) is { } leader)
                {
                    return leader;
                }
            }
            catch (Exception gone) when (gone is IOException or SocketException)
            {
                // Another one may answer.
            }
        }

        return null;
    }

    private KafkaServerProcess? Alive(int id) => id >= 0 && !brokers[id].Process.HasExited ? brokers[id] : null;
}
