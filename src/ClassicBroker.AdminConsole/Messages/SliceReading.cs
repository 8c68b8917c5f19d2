namespace ClassicBroker.AdminConsole.Messages;

/// <summary>Reads a slice of a topic to its end: from one offset to another, of each partition. Threading: one request's.</summary>
internal sealed class SliceReading(TopicReading reading)
{
    private const int EmptyRoundsMax = 2;

    private static readonly TimeSpan NoWait = TimeSpan.FromMilliseconds(20);

    /// <param name="positions">Where to begin; at the ends afterwards.</param>
    /// <param name="ends">Where to stop.</param>
    public async Task ReadAsync(IDictionary<int, long> positions, IReadOnlyDictionary<int, long> ends)
    {
        // Compaction may have left nothing at the end of a slice: a few rounds that bring nothing show that.
        for (var emptyRounds = 0; emptyRounds < EmptyRoundsMax && positions.Any(position => position.Value < ends[position.Key]);)
        {
            emptyRounds = await reading.RoundAsync(positions, ends, NoWait) ? 0 : emptyRounds + 1;
        }

        foreach (var (partition, end) in ends)
        {
            positions[partition] = Math.Max(positions[partition], end);
        }
    }
}
