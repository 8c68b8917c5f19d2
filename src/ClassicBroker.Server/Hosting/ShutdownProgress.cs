namespace ClassicBroker.Server.Hosting;

/// <summary>
/// How many of the partitions that a broker led when its controlled shutdown began others lead by now. Owned by the broker. Threading:
/// begun once; read from any thread.
/// </summary>
public sealed class ShutdownProgress
{
    private volatile Func<int>? _led;
    private int _total;

    /// <summary>Those it led when it began, and that others have replicas of.</summary>
    public int Total => Volatile.Read(ref _total);

    /// <summary>Those of them that others lead.</summary>
    public int Moved => _led is { } led ? Math.Max(0, Total - led()) : 0;

    /// <summary>The same in percent; 0 before it begins, full where there was nothing to move.</summary>
    public int Percent => _led is null ? 0 : Total == 0 ? 100 : (int)(100L * Moved / Total);

    /// <summary>It begins.</summary>
    /// <param name="led">Counts the partitions that the broker leads and that others have replicas of.</param>
    public void Begin(Func<int> led)
    {
        Volatile.Write(ref _total, led());
        _led = led;
    }

    /// <summary>The controller says that it is done; what this broker is told of it may come later.</summary>
    public void End() => _led = static () => 0;
}
