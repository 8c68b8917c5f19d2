using ClassicBroker.Platform;

namespace ClassicBroker.Testing.Files;

/// <summary>
/// The disk of one simulated machine. It keeps what processes see and what a power cut would leave: a file's content is durable once
/// synced, a name once its directory is; of all else <see cref="Crash"/> keeps any part a real file system could have kept. Names change
/// on disk in the order they changed, a rename whole. Tests order failures by kind and count. Paths are absolute, from "/".
/// Threading: any thread, under one lock.
/// </summary>
public sealed class SimulatedFileSystem(TimeProvider time, IRandomSource random) : IFileSystem
{
    private readonly Lock _lock = new();
    private readonly SimulatedDirectory _root = new();
    private readonly List<NameChange> _unsynced = [];
    private readonly List<PlannedFault> _faults = [];
    private readonly SortedSet<string> _locked = new(StringComparer.Ordinal);
    private readonly int[] _counts = new int[(int)FileOperation.SyncDirectory + 1];
    private readonly HashSet<SimulatedFile> _open = [];

    /// <summary>Bytes the volume holds; writes beyond fail with ENOSPC after filling it.</summary>
    public long CapacityBytes { get; set; } = long.MaxValue;

    /// <summary>Told of each operation and its path before it happens; what this throws, the operation throws.</summary>
    public Action<FileOperation, string>? Before { get; set; }

    /// <summary>Files that are open: neither disposed nor gone with their process.</summary>
    public int OpenFiles
    {
        get
        {
            lock (_lock)
            {
                return _open.Count;
            }
        }
    }

    /// <summary>Their paths, as they were opened; in order.</summary>
    public IReadOnlyList<string> OpenPaths
    {
        get
        {
            lock (_lock)
            {
                return [.. _open.Select(file => file.Path).Order(StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>True has every change refused with EROFS, as after a journal abort.</summary>
    public bool ReadOnly { get; set; }

    /// <summary>Counts crashes.</summary>
    internal int Boot { get; private set; }

    /// <summary>Orders a failure of the <paramref name="nth"/> operation of a kind from now, on paths that contain a text.</summary>
    public void Fail(FileOperation operation, int errno, int nth = 1, string pathContains = "", bool lasting = false)
    {
        lock (_lock)
        {
            _faults.Add(new(operation, errno, nth, pathContains, lasting));
        }
    }

    /// <summary>Forgets all failures ordered.</summary>
    public void Heal()
    {
        lock (_lock)
        {
            _faults.Clear();
            ReadOnly = false;
            CapacityBytes = long.MaxValue;
        }
    }

    /// <summary>How often an operation was attempted.</summary>
    public int Count(FileOperation operation)
    {
        lock (_lock)
        {
            return _counts[(int)operation];
        }
    }

    /// <summary>The power goes and comes back: open files and locks are gone, of what was not durable any part.</summary>
    public void Crash()
    {
        lock (_lock)
        {
            Boot++;
            _open.Clear();
            _locked.Clear();
            foreach (var change in _unsynced.Take(random.Next(_unsynced.Count + 1)))
            {
                change.ApplyDurable();
            }

            _unsynced.Clear();
            _root.Revert();
            foreach (var content in _root.Files())
            {
                content.Crash(random);
            }
        }
    }

    /// <summary>The process dies, the machine lives: open files and locks are gone, content and names stay.</summary>
    public void Kill()
    {
        lock (_lock)
        {
            Boot++;
            _open.Clear();
            _locked.Clear();
        }
    }

    /// <summary>Flips a bit of a file, as failing media do.</summary>
    public void FlipBit(string path, long position, int bit = 0)
    {
        lock (_lock)
        {
            Content(path, "flip").Flip(position, bit);
        }
    }

    /// <summary>What a file holds, for one that looks from outside: no operation of a process, none that fails.</summary>
    public byte[] ContentOf(string path)
    {
        lock (_lock)
        {
            var content = Content(path, "look");
            var bytes = new byte[content.Length];
            content.Read(bytes, 0);
            return bytes;
        }
    }

    /// <summary>What is synced of a file, as a power cut leaves it whatever it takes; nothing where the file has no name that is synced.</summary>
    public byte[] SyncedContentOf(string directory, string name)
    {
        lock (_lock)
        {
            return SyncedDirectory(directory).GetValueOrDefault(name) is SimulatedContent content ? content.Synced() : [];
        }
    }

    /// <summary>The names of files that a power cut leaves in a directory whatever it takes.</summary>
    public IReadOnlyList<string> SyncedFiles(string path) => SyncedNames<SimulatedContent>(path);

    /// <summary>The names of directories that a power cut leaves in one, in order.</summary>
    public IReadOnlyList<string> SyncedDirectories(string path) => SyncedNames<SimulatedDirectory>(path);

    public IBlockFile Open(string path, FileOpenMode mode)
    {
        lock (_lock)
        {
            Attempt(FileOperation.Open, "open", path, changes: false);
            var (directory, name) = Parent(path, "open");
            directory.Live.TryGetValue(name, out var node);
            if (node is SimulatedDirectory)
            {
                throw Failed("open", path, Errno.IsDirectory);
            }

            if (node is not null && mode == FileOpenMode.CreateNew)
            {
                throw Failed("open", path, Errno.Exists);
            }

            if (node is null && mode is FileOpenMode.Read or FileOpenMode.Existing)
            {
                throw Failed("open", path, Errno.NoEntry);
            }

            if (ReadOnly && mode != FileOpenMode.Read)
            {
                throw Failed("open", path, Errno.ReadOnlyFileSystem);
            }

            var content = (SimulatedContent?)node ?? Create(directory, name);
            if (mode == FileOpenMode.Truncate)
            {
                content.SetLength(0);
            }

            var file = new SimulatedFile(this, path, content, mode != FileOpenMode.Read);
            _open.Add(file);
            return file;
        }
    }

    public bool FileExists(string path)
    {
        lock (_lock)
        {
            return Find(path) is SimulatedContent;
        }
    }

    public bool DirectoryExists(string path)
    {
        lock (_lock)
        {
            return Find(path) is SimulatedDirectory;
        }
    }

    public void CreateDirectory(string path)
    {
        lock (_lock)
        {
            if (Find(path) is SimulatedDirectory)
            {
                return;
            }

            Attempt(FileOperation.CreateDirectory, "mkdir", path, changes: true);
            var directory = _root;
            foreach (var name in Names(path))
            {
                if (!directory.Live.TryGetValue(name, out var node))
                {
                    node = new SimulatedDirectory { LastWriteMs = time.UnixMs() };
                    Change(new(null, null, directory, name, node));
                }

                directory = node as SimulatedDirectory ?? throw Failed("mkdir", path, Errno.NotDirectory);
            }
        }
    }

    public IReadOnlyList<DirectoryEntry> List(string path)
    {
        lock (_lock)
        {
            return Directory(path, "readdir").InOrder
                .Select(child => new DirectoryEntry(
                    child.Key, child.Value is SimulatedDirectory, (child.Value as SimulatedContent)?.Length ?? 0))
                .ToList();
        }
    }

    public void Rename(string source, string destination)
    {
        lock (_lock)
        {
            Attempt(FileOperation.Rename, "rename", source, changes: true);
            var (from, name) = Parent(source, "rename");
            var (to, newName) = Parent(destination, "rename");
            if (!from.Live.TryGetValue(name, out var node))
            {
                throw Failed("rename", source, Errno.NoEntry);
            }

            if (to.Live.TryGetValue(newName, out var replaced) && replaced != node)
            {
                RequireReplaceable(node, replaced, destination);
            }

            if (replaced != node)
            {
                Change(new(from, name, to, newName, node));
            }
        }
    }

    public void DeleteFile(string path)
    {
        lock (_lock)
        {
            Attempt(FileOperation.Delete, "unlink", path, changes: true);
            switch (Find(path))
            {
                case SimulatedDirectory:
                    throw Failed("unlink", path, Errno.IsDirectory);
                case SimulatedContent:
                    var (directory, name) = Parent(path, "unlink");
                    Change(new(directory, name, null, null, null));
                    break;
            }
        }
    }

    public void DeleteDirectory(string path)
    {
        lock (_lock)
        {
            Attempt(FileOperation.Delete, "rmdir", path, changes: true);
            if (Find(path) is SimulatedDirectory victim)
            {
                Empty(victim);
                var (directory, name) = Parent(path, "rmdir");
                Change(new(directory, name, null, null, null));
            }
        }
    }

    public void SyncDirectory(string path)
    {
        lock (_lock)
        {
            var directory = Directory(path, "fsync");
            Attempt(FileOperation.SyncDirectory, "fsync", path, changes: false);
            foreach (var change in _unsynced.Where(change => change.Concerns(directory)).ToList())
            {
                change.ApplyDurable();
                _unsynced.Remove(change);
            }
        }
    }

    public long LastWriteTimeMs(string path)
    {
        lock (_lock)
        {
            return (Find(path) ?? throw Failed("stat", path, Errno.NoEntry)).LastWriteMs;
        }
    }

    public void SetLastWriteTimeMs(string path, long unixMs)
    {
        lock (_lock)
        {
            (Find(path) ?? throw Failed("utimensat", path, Errno.NoEntry)).LastWriteMs = unixMs;
        }
    }

    public VolumeSpace Space(string path)
    {
        lock (_lock)
        {
            return new(CapacityBytes, Math.Max(0, FreeBytes()));
        }
    }

    public IDisposable? TryLock(string path)
    {
        lock (_lock)
        {
            var key = string.Join('/', Names(path));
            if (_locked.Contains(key))
            {
                return null;
            }

            Open(path, FileOpenMode.OpenOrCreate).Dispose();
            _locked.Add(key);
            return new SimulatedLock(this, key, Boot);
        }
    }

    internal void NoteClosed(SimulatedFile file)
    {
        lock (_lock)
        {
            _open.Remove(file);
        }
    }

    internal void Unlock(string key, int boot)
    {
        lock (_lock)
        {
            if (boot == Boot)
            {
                _locked.Remove(key);
            }
        }
    }

    internal T Access<T>(SimulatedFile file, Func<SimulatedFile, T> access)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(!file.IsOpen, file);
            return access(file);
        }
    }

    internal int Read(SimulatedFile file, Span<byte> destination, long position)
    {
        lock (_lock)
        {
            Attempt(FileOperation.Read, "pread", file.Path, changes: false);
            ObjectDisposedException.ThrowIf(!file.IsOpen, file);
            return file.Content.Read(destination, position);
        }
    }

    internal void Write(SimulatedFile file, ReadOnlySpan<byte> source, long position)
    {
        lock (_lock)
        {
            Attempt(FileOperation.Write, "pwrite", file.Path, changes: true);
            RequireWritable(file, "pwrite");
            file.Content.LastWriteMs = time.UnixMs();
            var room = RoomAt(file.Content, position, source.Length);
            file.Content.Write(source[..room], position);
            if (room < source.Length)
            {
                throw Failed("pwrite", file.Path, Errno.NoSpace);
            }
        }
    }

    internal void SetLength(SimulatedFile file, long length)
    {
        lock (_lock)
        {
            Attempt(FileOperation.SetLength, "ftruncate", file.Path, changes: true);
            RequireWritable(file, "ftruncate");
            file.Content.LastWriteMs = time.UnixMs();
            file.Content.SetLength(length);
        }
    }

    internal void Preallocate(SimulatedFile file, long length)
    {
        lock (_lock)
        {
            Attempt(FileOperation.Preallocate, "fallocate", file.Path, changes: true);
            RequireWritable(file, "fallocate");
            if ((long)file.Content.NewPages(0, length) * SimulatedContent.PageSize > FreeBytes())
            {
                throw Failed("fallocate", file.Path, Errno.NoSpace);
            }

            file.Content.Allocate(length);
        }
    }

    internal void Sync(SimulatedFile file)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(!file.IsOpen, file);
            try
            {
                Attempt(FileOperation.Sync, "fsync", file.Path, changes: file.Content.IsDirty);
            }
            catch (StorageException)
            {
                file.Content.FailSync(random);
                throw;
            }

            file.Content.Sync();
        }
    }

    private static string[] Names(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries);

    private static StorageException Failed(string operation, string path, int errno) => new(operation, path, errno, Errno.Describe(errno));

    private static void RequireWritable(SimulatedFile file, string operation)
    {
        ObjectDisposedException.ThrowIf(!file.IsOpen, file);
        if (!file.Writable)
        {
            throw Failed(operation, file.Path, Errno.BadDescriptor);
        }
    }

    private static void RequireReplaceable(SimulatedNode node, SimulatedNode replaced, string destination)
    {
        switch (replaced)
        {
            case SimulatedDirectory when node is SimulatedContent:
                throw Failed("rename", destination, Errno.IsDirectory);
            case SimulatedContent when node is SimulatedDirectory:
                throw Failed("rename", destination, Errno.NotDirectory);
            case SimulatedDirectory { Live.Count: > 0 }:
                throw Failed("rename", destination, Errno.NotEmpty);
        }
    }

    private void Attempt(FileOperation operation, string call, string path, bool changes)
    {
        Before?.Invoke(operation, path);
        _counts[(int)operation]++;
        if (_faults.Count > 0)
        {
            var struck = _faults.Where(fault => fault.Strikes(operation, path)).ToList();
            _faults.RemoveAll(fault => fault.IsSpent);
            if (struck.Count > 0)
            {
                throw Failed(call, path, struck[0].Errno);
            }
        }

        if (changes && ReadOnly)
        {
            throw Failed(call, path, Errno.ReadOnlyFileSystem);
        }
    }

    private void Change(NameChange change)
    {
        change.ApplyLive();
        _unsynced.Add(change);
    }

    private SimulatedContent Create(SimulatedDirectory directory, string name)
    {
        var content = new SimulatedContent { LastWriteMs = time.UnixMs() };
        Change(new(null, null, directory, name, content));
        return content;
    }

    private void Empty(SimulatedDirectory directory)
    {
        foreach (var (name, node) in directory.InOrder.ToList())
        {
            if (node is SimulatedDirectory below)
            {
                Empty(below);
            }

            Change(new(directory, name, null, null, null));
        }
    }

    private SimulatedNode? Find(ReadOnlySpan<char> path)
    {
        SimulatedNode? node = _root;
        foreach (var piece in path.Split('/'))
        {
            if (path[piece] is { Length: > 0 } name)
            {
                node = node is SimulatedDirectory directory ? directory.Find(name) : null;
            }
        }

        return node;
    }

    private List<string> SyncedNames<TNode>(string path)
        where TNode : SimulatedNode
    {
        lock (_lock)
        {
            return [.. SyncedDirectory(path).Where(child => child.Value is TNode).Select(child => child.Key).Order(StringComparer.Ordinal)];
        }
    }

    private Dictionary<string, SimulatedNode> SyncedDirectory(string path)
    {
        SimulatedNode? node = _root;
        foreach (var name in Names(path))
        {
            node = (node as SimulatedDirectory)?.Durable.GetValueOrDefault(name);
        }

        return node is SimulatedDirectory directory ? directory.Durable : [];
    }

    private SimulatedDirectory Directory(ReadOnlySpan<char> path, string call) => Find(path) switch
    {
        SimulatedDirectory directory => directory,
        null => throw Failed(call, path.ToString(), Errno.NoEntry),
        _ => throw Failed(call, path.ToString(), Errno.NotDirectory),
    };

    private SimulatedContent Content(string path, string call) =>
        Find(path) as SimulatedContent ?? throw Failed(call, path, Errno.NoEntry);

    private (SimulatedDirectory Directory, string Name) Parent(string path, string call)
    {
        var trimmed = path.AsSpan().TrimEnd('/');
        var slash = trimmed.LastIndexOf('/');
        return (Directory(trimmed[..Math.Max(slash, 0)], call), trimmed[(slash + 1)..].ToString());
    }

    /// <summary>What is left of the volume; of one without an end, all of it.</summary>
    private long FreeBytes() => CapacityBytes == long.MaxValue
        ? CapacityBytes : CapacityBytes - _root.Files().Sum(content => (long)content.Pages * SimulatedContent.PageSize);

    /// <summary>How many bytes of a write fit before the volume is full.</summary>
    private int RoomAt(SimulatedContent content, long position, int count)
    {
        if (CapacityBytes == long.MaxValue)
        {
            return count;
        }

        var pagesLeft = FreeBytes() / SimulatedContent.PageSize;
        var room = count;
        while (room > 0 && content.NewPages(position, room) > pagesLeft)
        {
            var end = position + room;
            room = (int)Math.Max(0, ((end - 1) / SimulatedContent.PageSize * SimulatedContent.PageSize) - position);
        }

        return room;
    }
}
