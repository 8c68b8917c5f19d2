using ClassicBroker.Testing;
using ClassicBroker.Testing.Files;
using ClassicBroker.Testing.Loops;

namespace ClassicBroker.Platform.Tests;

public class SimulatedFileSystemTests
{
    private const int Page = 4096;
    private const int Seeds = 200;

    [Fact]
    public void Synced_content_under_a_synced_name_survives_every_crash()
    {
        ForEachSeed(files =>
        {
            using (var file = files.Open("/d/a", FileOpenMode.CreateNew))
            {
                file.Write(Filled(3 * Page, 1), 0);
                file.Sync();
                files.SyncDirectory("/d");
                file.Write(Filled(Page, 2), 3 * Page);
                files.Crash();
                Assert.Throws<ObjectDisposedException>(() => file.Write([1], 0));
            }

            Assert.All(Content(files, "/d/a")[..(3 * Page)], value => Assert.Equal(1, value));
        });
    }

    [Fact]
    public void Unsynced_content_may_be_kept_lost_torn_or_zero()
    {
        var seen = new SortedSet<string>();
        ForEachSeed(files =>
        {
            using (var file = files.Open("/d/a", FileOpenMode.CreateNew))
            {
                file.Sync();
                files.SyncDirectory("/d");
                file.Write(Filled(Page, 5), 0);
                file.Write(Filled(Page, 5), Page);
            }

            files.Crash();
            var bytes = Content(files, "/d/a");
            Assert.All(bytes, value => Assert.True(value is 0 or 5));
            seen.Add(bytes.Length switch
            {
                0 => "lost",
                2 * Page when bytes.All(value => value == 5) => "kept",
                2 * Page when bytes.All(value => value == 0) => "zero",
                2 * Page => "torn",
                _ => "cut",
            });
        });

        Assert.Equal(["cut", "kept", "lost", "torn", "zero"], seen);
    }

    [Fact]
    public void A_name_whose_directory_is_not_synced_may_vanish_though_its_content_is_synced()
    {
        var outcomes = new SortedSet<bool>();
        ForEachSeed(files =>
        {
            using (var file = files.Open("/d/a", FileOpenMode.CreateNew))
            {
                file.Write([1], 0);
                file.Sync();
            }

            files.Crash();
            outcomes.Add(files.FileExists("/d/a"));
        });

        Assert.Equal([false, true], outcomes);
    }

    [Fact]
    public void An_unsynced_rename_happened_or_did_not_but_never_loses_both()
    {
        var outcomes = new SortedSet<byte>();
        ForEachSeed(files =>
        {
            WriteSynced(files, "/d/a", 1);
            files.SyncDirectory("/d");
            WriteSynced(files, "/d/a.tmp", 2);
            files.Rename("/d/a.tmp", "/d/a");
            files.Crash();
            outcomes.Add(Content(files, "/d/a")[0]);
        });

        Assert.Equal([1, 2], outcomes);
    }

    [Fact]
    public void A_failed_sync_is_final_the_next_reports_success_and_keeps_nothing()
    {
        var lost = 0;
        ForEachSeed(files =>
        {
            using (var file = files.Open("/d/a", FileOpenMode.CreateNew))
            {
                file.Write(Filled(Page, 1), 0);
                file.Sync();
                files.SyncDirectory("/d");
                file.Write(Filled(Page, 2), 0);
                files.Fail(FileOperation.Sync, Errno.Io);
                Assert.Equal(Errno.Io, Assert.Throws<StorageException>(file.Sync).Errno);
                file.Sync();
                var seen = new byte[1];
                file.Read(seen, 0);
                Assert.Equal(2, seen[0]);
            }

            files.Crash();
            lost += Content(files, "/d/a")[0] == 1 ? 1 : 0;
        });

        Assert.InRange(lost, 1, Seeds - 1);
    }

    [Fact]
    public void The_nth_operation_of_a_kind_on_a_path_fails_as_ordered()
    {
        var files = Create(1);
        using var a = files.Open("/d/a", FileOpenMode.CreateNew);
        using var b = files.Open("/d/b", FileOpenMode.CreateNew);
        files.Fail(FileOperation.Write, Errno.Io, nth: 2, pathContains: "/a");

        b.Write([1], 0);
        a.Write([1], 0);
        b.Write([1], 0);
        Assert.Equal(Errno.Io, Assert.Throws<StorageException>(() => a.Write([1], 0)).Errno);
        a.Write([1], 0);
        Assert.Equal(5, files.Count(FileOperation.Write));
    }

    [Fact]
    public void A_full_volume_takes_what_fits_and_reports_the_rest()
    {
        var files = Create(1);
        using var file = files.Open("/d/a", FileOpenMode.CreateNew);
        files.CapacityBytes = 2 * Page;

        Assert.Equal(Errno.NoSpace, Assert.Throws<StorageException>(() => file.Write(Filled(3 * Page, 1), 0)).Errno);
        Assert.Equal(2 * Page, file.Length);
        Assert.Equal(Errno.NoSpace, Assert.Throws<StorageException>(() => file.Preallocate(3 * Page)).Errno);
        Assert.Equal(0, files.Space("/d").UsableBytes);
        file.Write(Filled(Page, 2), 0);
    }

    [Fact]
    public void A_volume_turned_read_only_refuses_changes_and_serves_reads()
    {
        var files = Create(1);
        using var file = files.Open("/d/a", FileOpenMode.CreateNew);
        file.Write([1], 0);
        files.ReadOnly = true;

        Assert.Equal(Errno.ReadOnlyFileSystem, Assert.Throws<StorageException>(() => file.Write([2], 0)).Errno);
        Assert.Equal(Errno.ReadOnlyFileSystem, Assert.Throws<StorageException>(() => files.DeleteFile("/d/a")).Errno);
        Assert.Equal([1], Content(files, "/d/a"));
    }

    [Fact]
    public void A_killed_process_loses_its_files_and_locks_but_no_bytes()
    {
        var files = Create(1);
        Assert.NotNull(files.TryLock("/d/.lock"));
        using (var file = files.Open("/d/a", FileOpenMode.CreateNew))
        {
            file.Write([1], 0);
            files.Kill();
            Assert.False(file.TryRetain());
        }

        Assert.Equal([1], Content(files, "/d/a"));
        Assert.NotNull(files.TryLock("/d/.lock"));
    }

    [Fact]
    public void Truncated_bytes_never_come_back_behind_a_later_extension()
    {
        ForEachSeed(files =>
        {
            using (var file = files.Open("/d/a", FileOpenMode.CreateNew))
            {
                file.Write(Filled(2 * Page, 7), 0);
                file.Sync();
                files.SyncDirectory("/d");
                file.SetLength(100);
                file.Sync();
                file.SetLength(2 * Page);
            }

            files.Crash();
            Assert.All(Content(files, "/d/a")[100..], value => Assert.Equal(0, value));
        });
    }

    private static void ForEachSeed(Action<SimulatedFileSystem> test)
    {
        for (var seed = 1UL; seed <= Seeds; seed++)
        {
            test(Create(seed));
        }
    }

    private static SimulatedFileSystem Create(ulong seed)
    {
        var files = new SimulatedFileSystem(new ManualTime(), new SeededRandomSource(seed));
        files.CreateDirectory("/d");
        files.SyncDirectory("/");
        return files;
    }

    private static void WriteSynced(SimulatedFileSystem files, string path, byte value)
    {
        using var file = files.Open(path, FileOpenMode.OpenOrCreate);
        file.Write([value], 0);
        file.Sync();
    }

    private static byte[] Content(SimulatedFileSystem files, string path)
    {
        using var file = files.Open(path, FileOpenMode.Read);
        var bytes = new byte[file.Length];
        file.Read(bytes, 0);
        return bytes;
    }

    private static byte[] Filled(int length, byte value)
    {
        var bytes = new byte[length];
        bytes.AsSpan().Fill(value);
        return bytes;
    }
}
