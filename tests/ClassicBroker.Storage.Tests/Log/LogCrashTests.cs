using ClassicBroker.Testing;
using Xunit;

namespace ClassicBroker.Storage.Tests;

/// <summary>Random work on a log, a power cut at a random point, and what must hold after it; a seed repeats its run.</summary>
public sealed class LogCrashTests
{
    private const int SeedCount = 60;
    private const int RebootsPerSeed = 4;

    [Fact]
    public void After_any_crash_the_log_is_a_prefix_that_holds_what_was_synced()
    {
        foreach (var seed in Seeds.First(SeedCount))
        {
            Run(seed);
        }
    }

    private static void Run(ulong seed)
    {
        var harness = new StorageHarness(StorageHarness.Small with { SegmentBytes = 2000, SegmentIndexBytes = 200 }, seed);
        var model = new CrashModel();
        var epoch = 0;
        for (var reboot = 0; reboot < RebootsPerSeed; reboot++)
        {
            model.NoteSynced(harness.Log.RecoveryPoint);
            Work(harness, model, ref epoch);
            harness.Crash();

            Assert.True(harness.Log.Directory.IsOnline, $"seed {seed}: {harness.Log.Directory.Failure}");
            var values = harness.Values();
            model.RequirePossible(values, $"seed {seed}, reboot {reboot}");
            Assert.True(
                values.Count == harness.Log.LogEndOffset,
                $"seed {seed}, reboot {reboot}: {values.Count} records, {harness.Log.LogStartOffset} to {harness.Log.LogEndOffset}, {string.Join(' ', harness.Names(harness.LogPath))}");
            RequireTimesFound(harness.Log);
        }
    }

    private static void Work(StorageHarness harness, CrashModel model, ref int epoch)
    {
        var steps = 1 + harness.Random.Next(60);
        for (var step = 0; step < steps; step++)
        {
            switch (harness.Random.Next(20))
            {
                case 0:
                    harness.Log.Flush();
                    break;
                case 1:
                    harness.Log.Roll();
                    break;
                case 2:
                    harness.Store.CheckpointRecoveryPoints();
                    harness.Store.CheckpointHighWatermarks();
                    break;
                case 3:
                    harness.Time.RunUntilIdle();
                    break;
                case 4:
                    epoch++;
                    harness.Log.AssignEpochStart(new(epoch), harness.Log.LogEndOffset);
                    break;
                case 5:
                    harness.Close();
                    break;
                case 6 when model.End > 0:
                    var offset = harness.Random.Next(model.End);
                    harness.Log.TruncateTo(offset);
                    model.Truncate(offset);
                    break;
                case 7:
                    harness.Kill();
                    break;
                default:
                    var value = $"{step}-{TestRecords.Value(model.End, 10 + harness.Random.Next(300))}";
                    harness.Append(TestRecords.Batch(1000 + model.End, value), epoch);
                    model.Append(value);
                    break;
            }

            model.NoteSynced(harness.Log.RecoveryPoint);
        }
    }

    private static void RequireTimesFound(PartitionLog log)
    {
        for (var offset = 0; offset < log.LogEndOffset; offset++)
        {
            Assert.Equal(offset, log.FindByTimestamp(1000 + offset)!.Value.Offset);
        }
    }
}
