using ClassicBroker.Testing;
using ClassicBroker.Testing.Files;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Platform.Tests;

/// <summary>What every <see cref="IFileSystem"/> promises, asked of the operating system's and of the simulated one.</summary>
public sealed class FileSystemContractTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    public static TheoryData<string> Kinds => ["posix", "simulated"];

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Open_modes_treat_existing_and_missing_files_as_named(string kind)
    {
        var (files, root) = Create(kind);
        var path = $"{root}/a";

        Assert.Equal(Errno.NoEntry, Assert.Throws<StorageException>(() => files.Open(path, FileOpenMode.Read)).Errno);
        Assert.Equal(Errno.NoEntry, Assert.Throws<StorageException>(() => files.Open(path, FileOpenMode.Existing)).Errno);
        files.Open(path, FileOpenMode.CreateNew).Dispose();
        Assert.Equal(Errno.Exists, Assert.Throws<StorageException>(() => files.Open(path, FileOpenMode.CreateNew)).Errno);
        using (var file = files.Open(path, FileOpenMode.OpenOrCreate))
        {
            file.Write([1], 0);
        }

        using var emptied = files.Open(path, FileOpenMode.Truncate);
        Assert.Equal(0, emptied.Length);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_missing_parent_is_an_error(string kind)
    {
        var (files, root) = Create(kind);

        Assert.Equal(Errno.NoEntry, Assert.Throws<StorageException>(() => files.Open($"{root}/no/a", FileOpenMode.OpenOrCreate)).Errno);
        Assert.Equal(Errno.NoEntry, Assert.Throws<StorageException>(() => files.List($"{root}/no")).Errno);
        Assert.Equal(Errno.NoEntry, Assert.Throws<StorageException>(() => files.Rename($"{root}/no", $"{root}/b")).Errno);
        Assert.Equal(Errno.NoEntry, Assert.Throws<StorageException>(() => files.SyncDirectory($"{root}/no")).Errno);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Lists_names_in_ordinal_order_with_kind_and_length(string kind)
    {
        var (files, root) = Create(kind);
        files.CreateDirectory($"{root}/b/c");
        using (var file = files.Open($"{root}/a", FileOpenMode.CreateNew))
        {
            file.Write(new byte[5], 0);
        }

        files.Open($"{root}/B", FileOpenMode.CreateNew).Dispose();

        Assert.Equal([new("B", false, 0), new("a", false, 5), new DirectoryEntry("b", true, 0)], files.List(root));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Rename_replaces_files_and_moves_directories(string kind)
    {
        var (files, root) = Create(kind);
        Write(files, $"{root}/a", 1);
        Write(files, $"{root}/b", 2);
        files.Rename($"{root}/a", $"{root}/b");
        files.CreateDirectory($"{root}/d");
        Write(files, $"{root}/d/x", 3);
        files.Rename($"{root}/d", $"{root}/e");

        Assert.False(files.FileExists($"{root}/a"));
        Assert.Equal(1, ReadByte(files, $"{root}/b"));
        Assert.False(files.DirectoryExists($"{root}/d"));
        Assert.Equal(3, ReadByte(files, $"{root}/e/x"));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Deleting_what_is_gone_is_no_failure(string kind)
    {
        var (files, root) = Create(kind);
        files.CreateDirectory($"{root}/d/e");
        Write(files, $"{root}/d/e/x", 3);
        files.DeleteDirectory($"{root}/d");
        files.DeleteDirectory($"{root}/d");
        files.DeleteFile($"{root}/a");

        Assert.Empty(files.List(root));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_open_file_survives_its_deletion(string kind)
    {
        var (files, root) = Create(kind);
        using var file = files.Open($"{root}/a", FileOpenMode.CreateNew);
        file.Write([9], 0);
        files.DeleteFile($"{root}/a");

        var bytes = new byte[1];
        Assert.Equal(1, file.Read(bytes, 0));
        Assert.Equal(9, bytes[0]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Write_times_are_kept_to_the_millisecond(string kind)
    {
        var (files, root) = Create(kind);
        Write(files, $"{root}/a", 1);
        files.SetLastWriteTimeMs($"{root}/a", 1_234_567_890_123);

        Assert.Equal(1_234_567_890_123, files.LastWriteTimeMs($"{root}/a"));
        Assert.Equal(Errno.NoEntry, Assert.Throws<StorageException>(() => files.LastWriteTimeMs($"{root}/no")).Errno);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_lock_is_exclusive_until_disposed(string kind)
    {
        var (files, root) = Create(kind);
        var held = files.TryLock($"{root}/.lock");
        Assert.NotNull(held);
        Assert.Null(files.TryLock($"{root}/.lock"));
        held.Dispose();
        using var again = files.TryLock($"{root}/.lock");
        Assert.NotNull(again);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Space_is_told_in_bytes(string kind)
    {
        var (files, root) = Create(kind);
        var space = files.Space(root);

        Assert.InRange(space.UsableBytes, 1024 * 1024, space.TotalBytes);
    }

    private static void Write(IFileSystem files, string path, byte value)
    {
        using var file = files.Open(path, FileOpenMode.OpenOrCreate);
        file.Write([value], 0);
    }

    private static byte ReadByte(IFileSystem files, string path)
    {
        using var file = files.Open(path, FileOpenMode.Read);
        var bytes = new byte[1];
        Assert.Equal(1, file.Read(bytes, 0));
        return bytes[0];
    }

    private (IFileSystem Files, string Root) Create(string kind)
    {
        if (kind == "posix")
        {
            return (new PosixFileSystem(), _scratch.Path);
        }

        var files = new SimulatedFileSystem(new ManualTime(), new SeededRandomSource(1));
        files.CreateDirectory("/data");
        return (files, "/data");
    }
}
