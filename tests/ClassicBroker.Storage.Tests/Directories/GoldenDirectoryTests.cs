using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using Xunit;

namespace ClassicBroker.Storage.Tests;

/// <summary>Data directories that Kafka 2.2.2 wrote: one closed in order, one copied while the broker ran.</summary>
public sealed class GoldenDirectoryTests : IDisposable
{
    private static readonly LogConfig Config = new() { SegmentIndexBytes = 65536, RetentionMs = -1 };

    private readonly PosixDisk _disk = new();

    public void Dispose() => _disk.Dispose();

    [Theory]
    [InlineData("clean")]
    [InlineData("running")]
    public void Every_log_opens_and_every_record_is_read(string name)
    {
        var store = Open(name);

        Assert.All(store.Directories, directory => Assert.True(directory.IsOnline));
        foreach (var (topic, partition, end, records) in new[] { ("second", 0, 5003, 5001), ("first", 0, 9, 9), ("first", 1, 41, 38) })
        {
            var log = store.Find(new(topic, partition))!;
            Assert.Equal((end, end), (log.LogEndOffset, log.HighWatermark));
            Assert.Equal(records, LogContent.Records(log, maxBytes: 100_000).Count);
            Assert.False(log.IsSuspect);
        }
    }

    [Theory]
    [InlineData("fmt-0.9.0-gzip")]
    [InlineData("fmt-0.10.2-snappy")]
    [InlineData("fmt-0.10.2-none")]
    public void Logs_of_old_formats_are_recovered_and_read(string topic)
    {
        var log = Open("running").Find(new(topic, 0))!;

        Assert.Equal(40, log.LogEndOffset);
        Assert.Equal(Enumerable.Range(0, 40).Select(i => (long)i), LogContent.Records(log, maxBytes: 100_000).Select(record => record.Offset));
    }

    [Fact]
    public void Aborted_transactions_that_kafka_indexed_are_reported()
    {
        var expected = File.ReadAllBytes(Golden("clean/first-1/00000000000000000000.txnindex"));
        foreach (var name in new[] { "clean", "running" })
        {
            var log = Open(name).Find(new("first", 1))!;

            var read = log.Read(0, 100_000, FetchIsolation.TxnCommitted, minOneMessage: true);
            read.Records!.File.Release();

            Assert.Equal([new AbortedTransaction(0, 30, 34, 35)], read.AbortedTransactions);
            Assert.Equal(expected, File.ReadAllBytes(Path.Join(_disk.Root, name, "first-1", "00000000000000000000.txnindex")));
        }
    }

    [Fact]
    public void Recovering_what_ran_and_closing_it_gives_the_files_kafka_gave_when_it_closed()
    {
        var store = Open("running");
        store.Close();
        foreach (var partition in new[] { "second-0", "first-0", "first-1" })
        {
            // Kafka 2.2 indexes times by record where later versions do by batch, and orders snapshots by hash.
            foreach (var expected in Directory.GetFiles(Golden($"clean/{partition}"))
                .Where(path => Path.GetExtension(path) is ".log" or ".index" or ".txnindex"))
            {
                var actual = Path.Join(_disk.Root, "running", partition, Path.GetFileName(expected));
                Assert.True(File.ReadAllBytes(expected).AsSpan().SequenceEqual(File.ReadAllBytes(actual)), actual);
            }
        }
    }

    [Fact]
    public void The_same_appends_give_the_same_index_files()
    {
        var golden = File.ReadAllBytes(Golden("clean/second-0/00000000000000000003.log"));
        var log = _disk.Open(Config).GetOrCreate(new(new("second", 0), Config, Uuid.Zero));
        log.TruncateFullyAndStartAt(3);
        foreach (var batch in new BatchIterator(golden))
        {
            log.AppendAsFollower(golden.AsMemory((int)batch.Position, batch.SizeInBytes));
        }

        log.Roll();

        Assert.Equal(golden, File.ReadAllBytes(Path.Join(log.Path, "00000000000000000003.log")));
        Assert.Equal(File.ReadAllBytes(Golden("clean/second-0/00000000000000000003.index")), File.ReadAllBytes(Path.Join(log.Path, "00000000000000000003.index")));
        Assert.Equal(
            Timestamps(File.ReadAllBytes(Golden("clean/second-0/00000000000000000003.timeindex"))),
            Timestamps(File.ReadAllBytes(Path.Join(log.Path, "00000000000000000003.timeindex"))));
    }

    [Fact]
    public void Producer_snapshots_come_back_as_kafka_wrote_them()
    {
        var producers = Open("clean").Find(new("first", 1))!.DescribeProducers();

        Assert.Equal([(0L, 11), (1000L, 24)], producers.Select(producer => (producer.ProducerId, producer.LastSequence)));
    }

    [Fact]
    public void Meta_properties_of_kafka_are_understood()
    {
        Assert.Equal(new BrokerId(0), MetaPropertiesEnsemble.Load(new PosixFileSystem(), [Golden("clean")]).BrokerId);
    }

    private static string Golden(string path) => Path.Join(AppContext.BaseDirectory, "Golden", path);

    private static List<long> Timestamps(byte[] index)
    {
        var timestamps = new List<long>();
        for (var at = 0; at < index.Length; at += TimeIndex.EntrySize)
        {
            timestamps.Add(System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(index.AsSpan(at)));
        }

        return timestamps;
    }

    private LogStore Open(string name)
    {
        var target = Path.Join(_disk.Root, name);
        foreach (var source in Directory.GetFiles(Golden(name), "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }))
        {
            var path = Path.Join(target, Path.GetRelativePath(Golden(name), source));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Copy(source, path);
        }

        return _disk.Open(Config, target);
    }
}
