using System.Globalization;
using System.Text;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Groups;

/// <summary>
/// The CSV of <c>--export</c> and <c>--from-file</c>: <c>topic,partition,offset</c>, with the group before it where there are several.
/// Stateless.
/// </summary>
internal static class OffsetFile
{
    private const int ShortLine = 3;
    private const int LongLine = 4;

    /// <summary>The offsets of a group; lines without a group are everyone's.</summary>
    /// <exception cref="JavaFailure">A line has another form.</exception>
    public static IReadOnlyDictionary<TopicPartition, long> Parse(string text, string group)
    {
        var offsets = new SortedDictionary<TopicPartition, long>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var fields = line.Split(',').Select(field => field.Trim('"')).ToArray();
            if (fields.Length is not (ShortLine or LongLine)
                || !JavaText.TryParseInt(fields[^2], out var partition)
                || partition < 0
                || !JavaText.TryParseLong(fields[^1], out var offset))
            {
                throw new JavaFailure("java.lang.RuntimeException", $"{line} is not a line of the form topic,partition,offset");
            }

            if (fields.Length == ShortLine || fields[0] == group)
            {
                offsets[new TopicPartition(fields[^3], partition)] = offset;
            }
        }

        return offsets;
    }

    public static string Format(IReadOnlyDictionary<string, IReadOnlyDictionary<TopicPartition, long>> groups)
    {
        var text = new StringBuilder();
        foreach (var (group, offsets) in groups)
        {
            foreach (var (partition, offset) in offsets)
            {
                text.Append(groups.Count > 1 ? group + "," : "")
                    .Append(CultureInfo.InvariantCulture, $"{partition.Topic},{partition.Partition},{offset}\n");
            }
        }

        return text.ToString();
    }
}
