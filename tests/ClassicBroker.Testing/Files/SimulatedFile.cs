using ClassicBroker.Platform;

namespace ClassicBroker.Testing.Files;

/// <summary>An open file of a <see cref="SimulatedFileSystem"/>. A crash of the system ends it: its process is gone.</summary>
internal sealed class SimulatedFile(SimulatedFileSystem system, string path, SimulatedContent content, bool writable) : IBlockFile
{
    private readonly int _boot = system.Boot;
    private int _holders = 1;
    private int _disposed;

    public string Path { get; } = path;

    public long Length => system.Access(this, file => file.Content.Length);

    public bool Writable { get; } = writable;

    public SimulatedContent Content { get; } = content;

    public bool IsOpen => Volatile.Read(ref _holders) > 0 && _boot == system.Boot;

    public int Read(Span<byte> destination, long position) => system.Read(this, destination, position);

    public void Write(ReadOnlySpan<byte> source, long position) => system.Write(this, source, position);

    public void SetLength(long length) => system.SetLength(this, length);

    public void Preallocate(long length) => system.Preallocate(this, length);

    public void Sync() => system.Sync(this);

    public bool TryRetain()
    {
        while (IsOpen)
        {
            var holders = Volatile.Read(ref _holders);
            if (holders > 0 && Interlocked.CompareExchange(ref _holders, holders + 1, holders) == holders)
            {
                return true;
            }
        }

        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            system.NoteClosed(this);
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Release();
        }
    }
}
