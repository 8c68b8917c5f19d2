namespace ClassicBroker.Replication.Partitions;

/// <summary>
/// When this broker last took a partition over from another leader, whose answers clients may still wait for. Owned by the
/// <see cref="LeaderRole"/>. Threading: any.
/// </summary>
internal sealed class TakeOver
{
    /// <summary>By default clients wait so long for an answer before they send again to the next leader.</summary>
    private const long RecentMs = 30_000;

    private long _recentUntilMs = long.MinValue;

    /// <summary>A leader epoch begins here. A broker that has just started, or led before, takes nothing over.</summary>
    public void Note(Leadership before, long nowMs)
    {
        if (!before.IsLocal && before != Leadership.None)
        {
            Volatile.Write(ref _recentUntilMs, nowMs + RecentMs);
        }
    }

    public bool IsRecent(long nowMs) => nowMs < Volatile.Read(ref _recentUntilMs);
}
