using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using Xunit;

namespace ClassicBroker.Storage.Tests;

public sealed class OpenFileCacheTests
{
    private const int IndexesMost = 256 + 1;
    private const int LockFile = 1;

    private readonly StorageHarness _harness = new();
    private readonly OpenFileCache _cache = new(capacity: 3, keepsUnsynced: true);
    private readonly PartitionDirectory _directory;

    public OpenFileCacheTests()
    {
        _harness.Files.CreateDirectory("/data/p-0");
        _directory = new PartitionDirectory(_harness.Environment, "/data/p-0");
    }

    [Fact]
    public void Files_that_are_not_used_are_closed_for_others_and_opened_again_when_they_are()
    {
        var files = Enumerable.Range(0, 8).Select(Written).ToList();

        Assert.True(_cache.Count <= 4);
        Assert.InRange(files.Count(file => file.IsOpen), 1, 4);
        var content = new byte[1];
        foreach (var (file, number) in files.Select((file, number) => (file, number)))
        {
            Assert.Equal(1, file.Read(content, 0));
            Assert.Equal(number, content[0]);
        }
    }

    [Fact]
    public void A_file_with_something_to_sync_stays_open()
    {
        var dirty = Written(0);
        dirty.Write([7], 0);
        Assert.True(dirty.IsDirty);

        for (var i = 1; i < 20; i++)
        {
            Written(i);
        }

        Assert.True(dirty.IsOpen);
        dirty.Sync();
        for (var i = 20; i < 40; i++)
        {
            Written(i);
        }

        Assert.False(dirty.IsOpen);
    }

    [Fact]
    public void Where_no_more_files_may_be_open_those_that_can_be_closed_are_and_the_log_goes_on()
    {
        var harness = new StorageHarness();
        for (var i = 0; i < 10; i++)
        {
            harness.Store.GetOrCreate(new(new("t", i), harness.Config, Uuid.Zero));
        }

        harness.Files.Fail(Testing.Files.FileOperation.Open, Errno.TooManyFiles, pathContains: "t-5");
        var log = harness.Store.Find(new("t", 5))!;
        log.AppendAsLeader(TestRecords.Batch("v"), new LeaderEpoch(0));
        log.Roll();

        Assert.Equal(["v"], LogContent.Values(log));
        Assert.True(log.Directory.IsOnline);
    }

    [Fact]
    public void A_region_outlives_the_closing_of_its_file()
    {
        var file = Written(9);
        var region = file.TryRegion(0, 1)!;
        for (var i = 10; i < 30; i++)
        {
            Written(i);
        }

        Assert.False(file.IsOpen);
        Span<byte> content = stackalloc byte[1];
        Assert.Equal(1, region.File.Read(content, 0));
        Assert.Equal(9, content[0]);
        region.File.Release();
    }

    [Fact]
    public void A_file_that_its_owner_has_closed_is_not_opened_again()
    {
        var file = Written(1);
        file.Dispose();

        Assert.Throws<StorageException>(() => file.Read(new byte[1], 0));
        Assert.Null(file.TryRegion(0, 1));
        Assert.False(file.IsOpen);
    }

    [Fact]
    public void Logs_that_are_appended_to_hold_one_descriptor_each_and_a_few_for_all_their_indexes()
    {
        const int Logs = 400;
        var harness = new StorageHarness();
        for (var i = 0; i < Logs; i++)
        {
            harness.Store.GetOrCreate(new(new("t", i), harness.Config, Uuid.Zero)).AppendAsLeader(TestRecords.Batch("v"), new LeaderEpoch(0));
        }

        Assert.InRange(harness.Files.OpenFiles, Logs, Logs + IndexesMost + LockFile);
        harness.Close();
        harness.Open();
        Assert.InRange(harness.Files.OpenFiles, 0, Logs + IndexesMost + LockFile);
    }

    private CachedFile Written(int number)
    {
        var file = new CachedFile(_directory, $"{number}", _cache, FileOpenMode.OpenOrCreate);
        file.Write([(byte)number], 0);
        file.Sync();
        return file;
    }
}
