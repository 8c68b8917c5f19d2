using System.Diagnostics.CodeAnalysis;

namespace ClassicBroker.Server.Quotas;

/// <summary>
/// What a quota keeps for each user and client that share a limit. Clients may invent ids: what was not used for an hour goes when many
/// have come. Threading: under the lock of the quota that owns it.
/// </summary>
/// <param name="lastUsedMs">When an entry was used last.</param>
internal sealed class QuotaEntries<TEntry>(Func<TEntry, long> lastUsedMs)
    where TEntry : class
{
    private const long IdleMsMax = 60 * 60 * 1000;
    private const int EntriesPerSweep = 1024;

    private readonly Dictionary<(string User, string Client), TEntry> _entries = [];
    private int _sweepAt = EntriesPerSweep;

    /// <summary>All of them, in the order of users and clients.</summary>
    public IEnumerable<KeyValuePair<(string User, string Client), TEntry>> InOrder => _entries.OrderBy(entry => entry.Key);

    public bool TryGet((string User, string Client) sharedBy, [NotNullWhen(true)] out TEntry? entry) =>
        _entries.TryGetValue(sharedBy, out entry);

    public void Add((string User, string Client) sharedBy, TEntry entry, long nowMs)
    {
        Sweep(nowMs);
        _entries.Add(sharedBy, entry);
    }

    private void Sweep(long nowMs)
    {
        if (_entries.Count < _sweepAt)
        {
            return;
        }

        foreach (var (sharedBy, entry) in _entries)
        {
            if (nowMs - lastUsedMs(entry) >= IdleMsMax)
            {
                _entries.Remove(sharedBy);
            }
        }

        _sweepAt = Math.Max(EntriesPerSweep, 2 * _entries.Count);
    }
}
