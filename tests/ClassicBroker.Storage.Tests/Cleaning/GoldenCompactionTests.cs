using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.Processes;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ClassicBroker.Storage.Tests;

/// <summary>
/// Cleans logs of Kafka 3.9.2 as they were before its cleaner ran, and compares with what it made of them: files byte for byte, compressed
/// batches, whose bytes depend on the compressor, by header and record.
/// </summary>
public sealed class GoldenCompactionTests(GoldenCompaction golden) : IClassFixture<GoldenCompaction>
{
    private const long LateMs = 40;

    private static readonly string[] Suffixes =
    [
        LogFileNames.LogSuffix, LogFileNames.OffsetIndexSuffix, LogFileNames.TimeIndexSuffix, LogFileNames.TransactionIndexSuffix,
    ];

    /// <summary>
    /// Settings of internal topics are not recorded; damaged logs are not cleaned by ours; the split of a segment is the loader's.
    /// </summary>
    private static readonly string[] Others =
        ["__consumer_offsets-0", "__transaction_state-0", "corrupt-crc-0", "corrupt-size-0", "corrupt-tail-0", "overflow-0"];

    public static TheoryData<string, string> Stages()
    {
        var stages = new TheoryData<string, string>();
        foreach (var (before, after) in GoldenCompaction.Passes)
        {
            stages.Add(before, after);
        }

        return stages;
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public void What_is_left_of_a_log_is_what_kafka_left(string before, string after)
    {
        var compared = 0;
        foreach (var log in Logs(after).Where(log => golden.Moment(after, log) is not null))
        {
            var differences = Moments(after, log).Select(moment => Difference(before, after, log, moment)).ToList();
            var difference = differences.Contains(null) ? null : differences[0];
            Assert.True(difference is null, $"{log}: {difference}");
            compared++;
        }

        Assert.True(compared > 10, $"only {compared} logs");
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public void A_log_is_due_where_kafka_cleaned_it_and_not_where_it_did_not(string before, string after)
    {
        foreach (var log in Logs(after))
        {
            using var run = new Run(golden, before, log, golden.Moment(after, log) ?? golden.LastMoment(after));

            Assert.True(run.Target.IsDue == golden.Moment(after, log) is not null, log);
        }
    }

    [Theory]
    [InlineData("corrupt-crc-0")]
    [InlineData("corrupt-size-0")]
    [InlineData("corrupt-tail-0")]
    public void A_damaged_log_is_left_as_it_is(string log)
    {
        using var run = new Run(golden, "1-before", log, golden.LastMoment("2-cleaned"));
        var before = run.Files();

        Assert.True(Xunit.Record.Exception(run.Clean) is RecordsException or LogCleaningException);

        Assert.Equal(before, run.Files());
    }

    private IEnumerable<string> Logs(string after) => Directory.GetDirectories(golden.StagePath(after))
        .Select(path => Path.GetFileName(path))
        .Where(log => !Others.Contains(log))
        .Order(StringComparer.Ordinal);

    /// <summary>
    /// When Kafka cleaned a log: as its log line tells, which came some milliseconds late where the machine was busy, or as the delete
    /// horizons tell that this pass wrote.
    /// </summary>
    private IEnumerable<long> Moments(string after, string log)
    {
        var told = golden.Moment(after, log)!.Value;
        Assert.True(TopicPartition.TryParse(log, out var partition));
        var retentionMs = golden.Config(partition.Topic).DeleteRetentionMs;
        return Directory.GetFiles(Path.Join(golden.StagePath(after), log), "*.log")
            .SelectMany(path => Horizons(File.ReadAllBytes(path)))
            .Select(horizon => horizon - retentionMs)
            .Where(moment => moment <= told && moment > told - LateMs)
            .Prepend(told)
            .Distinct();
    }

    private static List<long> Horizons(byte[] log)
    {
        var horizons = new List<long>();
        foreach (var batch in new BatchIterator(log))
        {
            if (batch.Magic >= RecordFormat.MagicV2
                && new RecordBatchHeader(log.AsSpan((int)batch.Position, batch.SizeInBytes)) is { HasDeleteHorizon: true } header)
            {
                horizons.Add(header.DeleteHorizonMs);
            }
        }

        return horizons;
    }

    private string? Difference(string before, string after, string log, long momentMs)
    {
        using var run = new Run(golden, before, log, momentMs);
        run.Clean();
        var expected = Path.Join(golden.StagePath(after), log);
        var names = Segments(expected);
        var actualNames = Segments(run.LogPath).Where(name => !name.Contains(".deleted", StringComparison.Ordinal)).ToList();
        if (!names.SequenceEqual(actualNames))
        {
            return $"files {string.Join(' ', actualNames)} instead of {string.Join(' ', names)}";
        }

        var areCompressed = false;
        foreach (var name in names.Order(StringComparer.Ordinal).OrderBy(name => name.EndsWith(".log", StringComparison.Ordinal) ? 0 : 1))
        {
            var (wanted, got) = (File.ReadAllBytes(Path.Join(expected, name)), File.ReadAllBytes(Path.Join(run.LogPath, name)));
            if (wanted.AsSpan().SequenceEqual(got))
            {
                continue;
            }

            if (!name.EndsWith(".log", StringComparison.Ordinal))
            {
                if (!areCompressed)
                {
                    return $"{name}: {Convert.ToHexString(got)} instead of {Convert.ToHexString(wanted)}";
                }

                continue;
            }

            areCompressed = true;
            if (Difference(wanted, got) is { } difference)
            {
                return $"{name}: {difference}";
            }
        }

        return null;
    }

    /// <summary>Compares what the cleaner has closed: everything but the active segment.</summary>
    private static List<string> Segments(string directory)
    {
        var names = Directory.GetFiles(directory).Select(path => Path.GetFileName(path))
            .Where(name => Suffixes.Any(suffix => LogFileNames.IsOffsetFile(name, suffix, out _)))
            .Order(StringComparer.Ordinal)
            .ToList();
        var active = names.Max(name => name[..20])!;
        return [.. names.Where(name => !name.StartsWith(active, StringComparison.Ordinal))];
    }

    private static string? Difference(byte[] wanted, byte[] got)
    {
        var (expected, actual) = (Describe(wanted), Describe(got));
        for (var i = 0; i < Math.Max(expected.Count, actual.Count); i++)
        {
            var (one, other) = (expected.ElementAtOrDefault(i), actual.ElementAtOrDefault(i));
            if (one != other)
            {
                return $"{other} instead of {one}";
            }
        }

        return null;
    }

    private static List<string> Describe(byte[] log)
    {
        var lines = new List<string>();
        foreach (var batch in new BatchIterator(log))
        {
            var bytes = log.AsSpan((int)batch.Position, batch.SizeInBytes);
            Assert.True(BatchChecksum.IsValid(bytes));
            var size = batch.IsCompressed ? 0 : batch.SizeInBytes;
            var baseTimestamp = batch.Magic >= RecordFormat.MagicV2 ? new RecordBatchHeader(bytes).BaseTimestamp : 0;
            lines.Add(
                $"batch {batch.BaseOffset}-{batch.LastOffset} magic {batch.Magic} attributes {batch.Attributes} size {size} "
                + $"epoch {batch.PartitionLeaderEpoch} producer {batch.ProducerId} {batch.ProducerEpoch} {batch.BaseSequence} "
                + $"count {batch.RecordCount} times {baseTimestamp} {batch.MaxTimestamp}");
            using var records = RecordReader.Open(bytes);
            while (records.MoveNext())
            {
                var record = records.Current;
                lines.Add(
                    $"{record.Offset} {record.Timestamp} {Hex(record.Key)} {Hex(record.Value)} {Convert.ToHexString(record.Headers.Bytes)}");
            }
        }

        return lines;
    }

    private static string Hex(NullableBytes bytes) => bytes.IsNull ? "null" : Convert.ToHexString(bytes.Span);

    /// <summary>One log of a stage, opened at a moment.</summary>
    private sealed class Run : IDisposable
    {
        private readonly ScratchDirectory _scratch = new();
        private readonly StorageEnvironment _environment;
        private readonly LogStore _store;
        private readonly PartitionLog _log;

        public Run(GoldenCompaction golden, string stage, string name, long momentMs)
        {
            golden.CopyTo(_scratch.Path, stage, name);
            var time = new ManualTime();
            time.AdvanceMs(momentMs - time.GetUtcNow().ToUnixTimeMilliseconds());
            var loop = time.CreateLoop("disk");
            _environment = new StorageEnvironment
            {
                Files = new PosixFileSystem(),
                Timers = loop,
                DiskWork = loop,
                Time = time,
                Random = new SeededRandomSource(1),
                Loggers = NullLoggerFactory.Instance,
            };
            LogPath = Path.Join(_scratch.Path, name);
            _store = loop.Run(() => LogStore.OpenAsync(
                new() { Directories = [_scratch.Path] }, _environment, [loop], golden.Config));
            Assert.True(TopicPartition.TryParse(name, out var partition));
            _log = _store.Find(partition)!;
            _log.UpdateHighWatermark(_log.LogEndOffset);
            Target = CleanerRun.Pass(_log, _environment).Target;
        }

        public string LogPath { get; }

        public LogToClean Target { get; }

        public void Clean()
        {
            CleanerRun.Clean(_log, _environment);
            if (_log.Config.IsDeleted)
            {
                _log.DeleteOldSegments();
            }
        }

        public List<(string Name, string Content)> Files() =>
            [.. Segments(LogPath).Select(name => (name, Convert.ToHexString(File.ReadAllBytes(Path.Join(LogPath, name)))))];

        public void Dispose()
        {
            foreach (var log in _store.Logs)
            {
                log.Abandon();
            }

            _scratch.Dispose();
        }
    }
}
