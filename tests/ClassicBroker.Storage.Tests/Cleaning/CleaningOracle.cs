using ClassicBroker.Records;
using Xunit;

namespace ClassicBroker.Storage.Tests;

/// <summary>
/// What was appended to a log, and what must be left of it below a clean point: of each key the last value, at its offset, and nothing of
/// what was aborted; above it everything but what was aborted, which goes with the segment that the clean point lies in.
/// </summary>
internal sealed class CleaningOracle
{
    private readonly List<Appended> _records = [];

    public void Append(long offset, long timestamp, string key, string? value, bool isAborted) =>
        _records.Add(new(new(offset, timestamp, key, value), isAborted));

    /// <summary>The log has been cut.</summary>
    public void Cut(long offset) => _records.RemoveAll(appended => appended.Record.Offset >= offset);

    /// <param name="actual">All that the log holds.</param>
    /// <param name="cleanPoint">Where its dirty section begins.</param>
    /// <param name="mayLackTombstones">Some may have gone already.</param>
    /// <param name="mayHoldMore">The log was not cleaned up to the clean point since all of it was appended.</param>
    /// <param name="because">Names the run.</param>
    public void Require(
        IReadOnlyList<CleanedRecord> actual, long cleanPoint, bool mayLackTombstones, bool mayHoldMore, string because)
    {
        var last = new Dictionary<string, long>();
        var newest = new Dictionary<string, long>();
        foreach (var (record, isAborted) in _records)
        {
            if (isAborted)
            {
                continue;
            }

            newest[record.Key!] = record.Offset;
            if (record.Offset < cleanPoint)
            {
                last[record.Key!] = record.Offset;
            }
        }

        var appended = _records.ToDictionary(entry => entry.Record.Offset);
        var found = new HashSet<long>();
        foreach (var record in actual)
        {
            Assert.True(found.Add(record.Offset), $"{because}: offset {record.Offset} twice");
            Assert.True(
                appended.TryGetValue(record.Offset, out var original) && original.Record == record,
                $"{because}: {record} is not what was appended at {record.Offset}");
            Assert.True(
                mayHoldMore || record.Offset >= cleanPoint || (!original.IsAborted && last[record.Key!] == record.Offset),
                $"{because}: {record} is superseded or aborted");
        }

        foreach (var (record, isAborted) in _records.Where(entry => !found.Contains(entry.Record.Offset)))
        {
            // A map that became full within a batch knows records behind the clean point, which stay.
            var isSuperseded = newest.GetValueOrDefault(record.Key!, -1) > record.Offset;
            Assert.True(
                isAborted || (record.Offset < cleanPoint && (isSuperseded || (record.Value is null && mayLackTombstones))),
                $"{because}: {record} is lost below {cleanPoint}");
        }
    }

    /// <summary>A record, and whether its transaction was given up.</summary>
    private sealed record Appended(CleanedRecord Record, bool IsAborted);
}
