using System.Globalization;
using System.Text;
using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata.Znodes;

/// <summary>
/// <c>/controller_epoch</c>: decimal text, counted up by each election. Its version fences every write of a controller that has been
/// replaced without knowing.
/// </summary>
public static class ControllerEpochZnode
{
    public const string Path = "/controller_epoch";

    public static byte[] Encode(int epoch) => Encoding.ASCII.GetBytes(epoch.ToString(CultureInfo.InvariantCulture));

    public static int Decode(ReadOnlySpan<byte> data) =>
        JavaText.TryParseInt(Encoding.UTF8.GetString(data), out var epoch) && epoch is >= 0 and < int.MaxValue
            ? epoch
            : throw new MalformedDataException($"Znode {Path} does not hold an epoch.");
}
