using Xunit;

namespace ClassicBroker.Storage.Tests;

/// <summary>What a log may hold after a power cut, given what was written, cut off and synced before it.</summary>
internal sealed class CrashModel
{
    /// <summary>By offset the values written there that a crash may bring back; the last is the current one.</summary>
    private readonly List<List<string>> _written = [];
    private int _end;

    public int End => _end;

    /// <summary>Offsets below it hold their current value whatever happens.</summary>
    public int Synced { get; private set; }

    public void Append(string value)
    {
        if (_end == _written.Count)
        {
            _written.Add([]);
        }

        _written[_end++].Add(value);
    }

    public void Truncate(int offset)
    {
        _end = Math.Min(_end, offset);
        Synced = Math.Min(Synced, offset);
    }

    public void NoteSynced(long recoveryPoint)
    {
        for (; Synced < Math.Min(recoveryPoint, _end); Synced++)
        {
            _written[Synced].RemoveRange(0, _written[Synced].Count - 1);
        }
    }

    /// <summary>Requires that <paramref name="values"/> is possible, and goes on from there.</summary>
    public void RequirePossible(IReadOnlyList<string> values, string context)
    {
        Assert.True(values.Count >= Synced, $"{context}: {values.Count} records are left of {Synced} that were synced");
        Assert.True(values.Count <= _written.Count, $"{context}: {values.Count} records where {_written.Count} were ever written");
        for (var i = 0; i < values.Count; i++)
        {
            Assert.True(_written[i].Contains(values[i]), $"{context}: offset {i} holds {values[i]}, which was never written there");
        }

        _written.Clear();
        _written.AddRange(values.Select(value => new List<string> { value }));
        _end = values.Count;
        Synced = 0;
    }
}
