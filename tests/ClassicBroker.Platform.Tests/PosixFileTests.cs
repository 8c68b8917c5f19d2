using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Platform.Tests;

public sealed class PosixFileTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly PosixFileSystem _files = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Reads_back_what_was_written_at_positions()
    {
        using var file = _files.Open(_scratch.File("log"), FileOpenMode.CreateNew);
        file.Write([4, 5, 6], 3);
        file.Write([1, 2, 3], 0);

        var bytes = new byte[10];
        Assert.Equal(6, file.Read(bytes, 0));
        Assert.Equal([1, 2, 3, 4, 5, 6, 0, 0, 0, 0], bytes);
        Assert.Equal(2, file.Read(bytes, 4));
        Assert.Equal(0, file.Read(bytes, 6));
        Assert.Equal(6, file.Length);
    }

    [Fact]
    public void Set_length_cuts_and_extends_with_zeros()
    {
        using var file = _files.Open(_scratch.File("log"), FileOpenMode.OpenOrCreate);
        file.Write([1, 2, 3, 4], 0);
        file.SetLength(2);
        file.SetLength(4);

        var bytes = new byte[4];
        file.Read(bytes, 0);
        Assert.Equal([1, 2, 0, 0], bytes);
    }

    [Fact]
    public void Preallocated_room_counts_as_length_and_reads_as_zeros()
    {
        using var file = _files.Open(_scratch.File("log"), FileOpenMode.OpenOrCreate);
        file.Write([7], 0);
        file.Preallocate(100_000);

        Assert.Equal(100_000, file.Length);
        var bytes = new byte[2];
        file.Read(bytes, 0);
        Assert.Equal([7, 0], bytes);
    }

    [Fact]
    public void A_full_device_is_reported_with_its_error_number()
    {
        using var file = _files.Open("/dev/full", FileOpenMode.Existing);

        var failure = Assert.Throws<StorageException>(() => file.Write([1], 0));

        Assert.Equal(Errno.NoSpace, failure.Errno);
        Assert.Equal("pwrite", failure.Operation);
        Assert.Equal("pwrite /dev/full: No space left on device (ENOSPC)", failure.Message);
    }

    [Fact]
    public void A_sync_the_system_refuses_is_reported()
    {
        // Where sync has no meaning the kernel says EINVAL, which the base library's flush drops.
        using var file = _files.Open("/proc/self/status", FileOpenMode.Read);

        var failure = Assert.Throws<StorageException>(file.Sync);

        Assert.Equal("fsync", failure.Operation);
        Assert.Equal(Errno.Invalid, failure.Errno);
    }

    [Fact]
    public void A_write_to_a_file_opened_for_reading_is_refused()
    {
        _files.Open(_scratch.File("log"), FileOpenMode.CreateNew).Dispose();
        using var file = _files.Open(_scratch.File("log"), FileOpenMode.Read);

        Assert.Equal(Errno.BadDescriptor, Assert.Throws<StorageException>(() => file.Write([1], 0)).Errno);
        Assert.Equal(Errno.Invalid, Assert.Throws<StorageException>(() => file.SetLength(0)).Errno);
    }

    [Fact]
    public void A_retained_file_outlives_its_owner()
    {
        var file = _files.Open(_scratch.File("log"), FileOpenMode.CreateNew);
        file.Write([1, 2], 0);
        Assert.True(file.TryRetain());
        file.Dispose();
        file.Dispose();

        var bytes = new byte[2];
        Assert.Equal(2, file.Read(bytes, 0));
        file.Release();

        Assert.False(file.TryRetain());
        Assert.Throws<ObjectDisposedException>(() => file.Read(bytes, 0));
    }

    [Fact]
    public void Reading_and_writing_allocate_nothing()
    {
        using var file = _files.Open(_scratch.File("log"), FileOpenMode.CreateNew);
        var bytes = new byte[512];
        file.Write(bytes, 0);
        file.Read(bytes, 0);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            file.Write(bytes, i);
            file.Read(bytes, i);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
