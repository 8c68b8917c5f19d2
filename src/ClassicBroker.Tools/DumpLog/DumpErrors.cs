namespace ClassicBroker.Tools.DumpLog;

/// <summary>What the dumped files contradict each other in, gathered by file and told at the end. Used by one tool.</summary>
internal sealed class DumpErrors
{
    private readonly SortedDictionary<string, List<(long Index, long Log)>> _indexMismatches = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, List<(long Index, long Log)>> _timeMismatches = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, List<(long Index, long Previous)>> _outOfOrder = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, List<(long Index, long Log)>> _notFound = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, List<(long First, long Second)>> _nonConsecutive = new(StringComparer.Ordinal);

    public void IndexMismatch(string file, long indexOffset, long logOffset) => Add(_indexMismatches, file, (indexOffset, logOffset));

    public void TimestampMismatch(string file, long indexed, long logged) => Add(_timeMismatches, file, (indexed, logged));

    public void OutOfOrderTimestamp(string file, long indexed, long previous) => Add(_outOfOrder, file, (indexed, previous));

    public void OffsetNotFound(string file, long indexed, long found) => Add(_notFound, file, (indexed, found));

    public void NonConsecutive(string file, long first, long second) => Add(_nonConsecutive, file, (first, second));

    public void Print(TextWriter output)
    {
        Print(output, _indexMismatches, "Mismatches in :{0}", pair => $"  Index offset: {pair.Item1}, log offset: {pair.Item2}");
        Print(output, _timeMismatches, "Found timestamp mismatch in :{0}", pair =>
            $"  Index timestamp: {pair.Item1}, log timestamp: {pair.Item2}");
        Print(
            output, _outOfOrder, "Found out of order timestamp in :{0}",
            pair => $"  Index timestamp: {pair.Item1}, Previously indexed timestamp: {pair.Item2}");
        Print(
            output, _notFound, "The following indexed offsets are not found in the log.",
            pair => $"Indexed offset: {pair.Item1}, found log offset: {pair.Item2}");
        Print(output, _nonConsecutive, "Non-consecutive offsets in {0}", pair => $"  {pair.Item1} is followed by {pair.Item2}");
    }

    private static void Add(SortedDictionary<string, List<(long, long)>> errors, string file, (long, long) pair)
    {
        if (!errors.TryGetValue(file, out var pairs))
        {
            errors.Add(file, pairs = []);
        }

        pairs.Add(pair);
    }

    private static void Print(
        TextWriter output, SortedDictionary<string, List<(long, long)>> errors, string heading, Func<(long, long), string> line)
    {
        foreach (var (file, pairs) in errors)
        {
            output.WriteLine(heading.Replace("{0}", file, StringComparison.Ordinal));
            foreach (var pair in pairs)
            {
                output.WriteLine(line(pair));
            }
        }
    }
}
