namespace ClassicBroker.Testing.Files;

/// <summary>A failure a test has ordered: of the <paramref name="remaining"/>th operation of a kind on paths that contain a text.</summary>
internal sealed class PlannedFault(FileOperation operation, int errno, int remaining, string pathContains, bool lasting)
{
    private int _remaining = remaining;

    public int Errno { get; } = errno;

    public bool IsSpent => !lasting && _remaining <= 0;

    public bool Strikes(FileOperation attempted, string path)
    {
        if (attempted != operation || !path.Contains(pathContains, StringComparison.Ordinal))
        {
            return false;
        }

        _remaining--;
        return _remaining == 0 || (lasting && _remaining < 0);
    }
}
