using System.Globalization;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Transport;

/// <summary>Numbers the channels of a transport, in the order they were made; the same in every run of a simulation.</summary>
internal sealed record ChannelNumber(long Value) : IChannelId
{
    public int CompareTo(IChannelId? other) => Value.CompareTo((other as ChannelNumber)?.Value ?? 0);

    public string AsShortText() => Value.ToString(CultureInfo.InvariantCulture);

    public string AsLongText() => AsShortText();
}
