using System.Buffers.Binary;
using System.Diagnostics;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>Outcome of one timed load: bytes moved and the time it took.</summary>
internal readonly record struct LoadRun(long Bytes, long Records, TimeSpan Elapsed)
{
    public const int RequestsInFlight = 16;

    public double MegabytesPerSecond => Bytes / 1e6 / Elapsed.TotalSeconds;

    public double RecordsPerSecond => Records / Elapsed.TotalSeconds;

    /// <summary>Sends <paramref name="frame"/> over and over, a bounded number unanswered, until <paramref name="count"/> are answered.</summary>
    public static LoadRun Send(LoadConnection connection, byte[] frame, int recordsPerFrame, int count, int inFlight = RequestsInFlight)
    {
        using var window = new SemaphoreSlim(inFlight);
        var clock = Stopwatch.StartNew();
        var sender = new Thread(() =>
        {
            for (var i = 0; i < count; i++)
            {
                window.Wait();
                connection.Send(frame);
            }
        });
        sender.Start();
        Span<byte> head = stackalloc byte[64];
        for (var i = 0; i < count; i++)
        {
            connection.Receive(head);
            window.Release();
        }

        sender.Join();
        return new((long)frame.Length * count, (long)recordsPerFrame * count, clock.Elapsed);
    }

    /// <summary>
    /// Fetches the first <paramref name="storedBytes"/> of partition 0 over and over until <paramref name="bytesWanted"/> have come, one
    /// request unanswered at a time.
    /// </summary>
    public static LoadRun Fetch(LoadConnection connection, string topic, int bytesPerFetch, long storedBytes, long bytesWanted)
    {
        var request = WireFrames.Fetch(topic, bytesPerFetch, maxWaitMs: 500, out var offsetPosition);
        // Up to the end of the partition's header: correlation 4, throttle 4, topics 4, name 2 + n, partitions 4, index 4, error 2,
        // high watermark 8, last stable offset 8, aborted 4, records length 4; then the first batch's base offset and length.
        var recordsAt = 4 + 4 + 4 + 2 + topic.Length + 4 + 4 + 2 + 8 + 8 + 4 + 4;
        Span<byte> head = stackalloc byte[256];
        long bytes = 0, records = 0;
        long offset = 0, position = 0;
        var clock = Stopwatch.StartNew();
        while (bytes < bytesWanted)
        {
            if (position + bytesPerFetch > storedBytes)
            {
                (offset, position) = (0, 0);
            }

            BinaryPrimitives.WriteInt64BigEndian(request.AsSpan(offsetPosition), offset);
            connection.Send(request);
            var length = connection.Receive(head);
            var baseOffset = BinaryPrimitives.ReadInt64BigEndian(head[recordsAt..]);
            var batchBytes = BinaryPrimitives.ReadInt32BigEndian(head[(recordsAt + 8)..]) + 12;
            var batchRecords = BinaryPrimitives.ReadInt32BigEndian(head[(recordsAt + 57)..]);
            if (baseOffset != offset)
            {
                throw new InvalidDataException($"Fetched offset {baseOffset} where {offset} was asked for.");
            }

            // All batches of the topic are alike, so whole ones are counted by division.
            var batches = (length - recordsAt) / batchBytes;
            offset += (long)batches * batchRecords;
            position += (long)batches * batchBytes;
            bytes += (long)batches * batchBytes;
            records += (long)batches * batchRecords;
        }

        return new(bytes, records, clock.Elapsed);
    }

    /// <summary>The same amount from <see cref="BareServer.Send"/>.</summary>
    public static LoadRun FetchBare(LoadConnection connection, int bytesPerFetch, long fileBytes, long bytesWanted)
    {
        var request = new byte[16];
        BinaryPrimitives.WriteInt32BigEndian(request, 12);
        BinaryPrimitives.WriteInt32BigEndian(request.AsSpan(12), bytesPerFetch);
        long bytes = 0, position = 0;
        var clock = Stopwatch.StartNew();
        while (bytes < bytesWanted)
        {
            if (position + bytesPerFetch > fileBytes)
            {
                position = 0;
            }

            BinaryPrimitives.WriteInt64BigEndian(request.AsSpan(4), position);
            connection.Send(request);
            bytes += connection.Receive([]);
            position += bytesPerFetch;
        }

        return new(bytes, 0, clock.Elapsed);
    }

    /// <summary>The whole file from <see cref="BareServer.Send"/> into another.</summary>
    public static LoadRun CopyBare(LoadConnection connection, int bytesPerFetch, long fileBytes, string target)
    {
        var request = new byte[16];
        var buffer = new byte[bytesPerFetch];
        using var output = File.OpenHandle(target, FileMode.Create, FileAccess.Write);
        BinaryPrimitives.WriteInt32BigEndian(request, 12);
        var position = 0L;
        var clock = Stopwatch.StartNew();
        while (position < fileBytes)
        {
            var asked = (int)Math.Min(bytesPerFetch, fileBytes - position);
            BinaryPrimitives.WriteInt64BigEndian(request.AsSpan(4), position);
            BinaryPrimitives.WriteInt32BigEndian(request.AsSpan(12), asked);
            connection.Send(request);
            connection.Receive(buffer);
            RandomAccess.Write(output, buffer.AsSpan(0, asked), position);
            position += asked;
        }

        return new(fileBytes, 0, clock.Elapsed);
    }
}
