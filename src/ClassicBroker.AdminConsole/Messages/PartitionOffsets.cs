using System.Globalization;
using ClassicBroker.AdminConsole.Http;

namespace ClassicBroker.AdminConsole.Messages;

/// <summary>An offset for each of some partitions, written <c>0:120,1:96</c>, with which a reading goes on. Stateless.</summary>
internal static class PartitionOffsets
{
    public static string Write(IEnumerable<KeyValuePair<int, long>> offsets) =>
        string.Join(',',
            offsets.OrderBy(offset => offset.Key)
                .Select(offset => string.Create(CultureInfo.InvariantCulture, $"{offset.Key}:{offset.Value}")));

    /// <exception cref="ApiException">It is malformed.</exception>
    public static SortedDictionary<int, long> Parse(string text)
    {
        var offsets = new SortedDictionary<int, long>();
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = part.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0
                || !int.TryParse(part.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var partition)
                || !long.TryParse(part.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
            {
                throw ApiException.BadRequest($"{part} is not of the form partition:offset.");
            }

            offsets[partition] = offset;
        }

        return offsets;
    }
}
