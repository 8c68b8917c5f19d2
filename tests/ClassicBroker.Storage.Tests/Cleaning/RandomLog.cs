using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Testing;

namespace ClassicBroker.Storage.Tests;

/// <summary>
/// Appends what a seed says to a log: keys again and again, tombstones, every codec, idempotent producers, transactions of both fates.
/// </summary>
internal sealed class RandomLog(StorageHarness harness, CleaningOracle oracle, SeededRandomSource random)
{
    private const int Keys = 12;

    private static readonly CompressionCodec[] Codecs =
    [
        CompressionCodec.None,
        CompressionCodec.None,
        CompressionCodec.Gzip,
        CompressionCodec.Snappy,
        CompressionCodec.Lz4,
        CompressionCodec.Zstd,
    ];

    private readonly Dictionary<long, int> _sequences = [];
    private int _values;

    /// <summary>Appends one batch, one transaction, or begins a new segment.</summary>
    public void Step()
    {
        switch (random.Next(10))
        {
            case 0:
                harness.Log.Roll();
                break;
            case 1 or 2:
                Transaction();
                break;
            case 3 or 4:
                Append(Idempotent(1 + random.Next(3), isTransactional: false), isAborted: false);
                break;
            default:
                Append(new BatchTraits(), isAborted: false);
                break;
        }
    }

    private void Transaction()
    {
        var producerId = 10 + random.Next(3);
        var isAborted = random.Next(2) == 0;
        for (var batches = 1 + random.Next(3); batches > 0; batches--)
        {
            Append(Idempotent(producerId, isTransactional: true), isAborted);
            if (random.Next(3) == 0)
            {
                Append(new BatchTraits(), isAborted: false);
            }

            if (random.Next(4) == 0)
            {
                harness.Log.Roll();
            }
        }

        harness.Log.AppendAsLeader(
            TestRecords.Marker(producerId, 0, isAborted ? ControlRecordType.Abort : ControlRecordType.Commit),
            new LeaderEpoch(0),
            AppendOrigin.Coordinator);
        harness.Log.AdvanceHighWatermark(harness.Log.LogEnd);
    }

    private BatchTraits Idempotent(long producerId, bool isTransactional) => new()
    {
        ProducerId = producerId,
        ProducerEpoch = 0,
        Sequence = _sequences.GetValueOrDefault(producerId),
        IsTransactional = isTransactional,
    };

    private void Append(BatchTraits traits, bool isAborted)
    {
        var timestamp = TestRecords.Epoch2026 + random.Next(1000);
        var records = new (string? Key, string? Value)[1 + random.Next(5)];
        for (var i = 0; i < records.Length; i++)
        {
            records[i] = ($"key-{random.Next(Keys)}", random.Next(5) == 0 ? null : $"value-{_values++}");
        }

        var codec = Codecs[random.Next(Codecs.Length)];
        var first = harness.Append(CleanerRun.Batch(traits with { Codec = codec, Timestamp = timestamp }, records)).FirstOffset;
        for (var i = 0; i < records.Length; i++)
        {
            oracle.Append(first + i, timestamp, records[i].Key!, records[i].Value, isAborted);
        }

        if (traits.ProducerId >= 0)
        {
            _sequences[traits.ProducerId] = traits.Sequence + records.Length;
        }
    }
}
