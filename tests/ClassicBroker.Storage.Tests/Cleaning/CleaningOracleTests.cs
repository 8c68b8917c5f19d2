using ClassicBroker.Testing;
using Xunit;

namespace ClassicBroker.Storage.Tests;

/// <summary>Random logs, cleaned again and again while they grow; a seed repeats its run.</summary>
public sealed class CleaningOracleTests
{
    private const int SeedCount = 40;

    private static readonly LogConfig Config = StorageHarness.Small with
    {
        SegmentBytes = 1500,
        SegmentIndexBytes = 400,
        CleanupPolicy = CleanupPolicy.Compact,
    };

    [Fact]
    public void The_last_value_of_every_key_survives_at_its_offset_and_nothing_else_is_lost()
    {
        foreach (var seed in Seeds.First(SeedCount))
        {
            Run(seed, retentionMs: seed % 2 == 0 ? 24 * 3600 * 1000L : 0);
        }
    }

    /// <summary>What a start makes of the batches alone must be what the log knew of its producers.</summary>
    [Fact]
    public void Producers_are_known_by_the_batches_that_are_left()
    {
        foreach (var seed in Seeds.First(SeedCount))
        {
            var harness = new StorageHarness(Config, seed);
            var log = new RandomLog(harness, new CleaningOracle(), new SeededRandomSource(seed));
            for (var step = 0; step < 60; step++)
            {
                log.Step();
            }

            harness.Log.Roll();
            CleanerRun.Clean(harness.Log, harness.Environment);
            CleanerRun.Clean(harness.Log, harness.Environment);
            var before = Producers(harness.Log);
            harness.Log.Flush();
            harness.Kill();
            foreach (var name in harness.Names(harness.LogPath).Where(name => name.EndsWith(".snapshot", StringComparison.Ordinal)))
            {
                harness.Files.DeleteFile($"{harness.LogPath}/{name}");
            }

            Assert.Equal(before, Producers(harness.Log));
        }
    }

    private static List<(long Id, short Epoch, int LastSequence)> Producers(PartitionLog log) =>
        [.. log.DescribeProducers().Select(producer => (producer.ProducerId, producer.ProducerEpoch, producer.LastSequence))];

    private static void Run(ulong seed, long retentionMs)
    {
        var harness = new StorageHarness(Config with { DeleteRetentionMs = retentionMs }, seed);
        var oracle = new CleaningOracle();
        var random = new SeededRandomSource(seed);
        var log = new RandomLog(harness, oracle, random);
        var map = new OffsetMap(OffsetMap.SlotSize * (5 + random.Next(40)), 0.9, seed: (long)seed);
        for (var round = 0; round < 6; round++)
        {
            for (var step = random.Next(40); step > 0; step--)
            {
                log.Step();
            }

            var cleanPoint = CleanerRun.Clean(harness.Log, harness.Environment, map, bufferBytes: 1024 + random.Next(4000));
            oracle.Require(
                CleanerRun.Records(harness.Log), cleanPoint, retentionMs == 0, mayHoldMore: false, $"seed {seed}, round {round}");
            if (random.Next(3) == 0)
            {
                harness.Close();
            }

            harness.Time.AdvanceMs(60_000);
        }
    }
}
