using ClassicBroker.Transport;

namespace ClassicBroker.Testing.Channels;

/// <summary>Hands received bytes to a pipeline the way a socket's channel does.</summary>
internal static class PipelineFeed
{
    /// <summary>Into the room lent where a handler lends, else as they are; then tells that this was all.</summary>
    public static void Receive(this ChannelPipeline pipeline, Memory<byte> bytes)
    {
        while (bytes.Length > 0 && pipeline.Channel.IsOpen)
        {
            var lent = pipeline.LendBuffer();
            var count = bytes.Length;
            if (lent.IsEmpty)
            {
                pipeline.FireRead(bytes);
            }
            else
            {
                count = Math.Min(lent.Length, bytes.Length);
                bytes[..count].CopyTo(lent);
                pipeline.FireBufferFilled(count);
            }

            bytes = bytes[count..];
        }

        if (pipeline.Channel.IsOpen)
        {
            pipeline.FireReadComplete();
        }
    }

    /// <summary>A copy of what a payload puts on the wire.</summary>
    public static byte[] Copy(this Primitives.IPayload payload)
    {
        if (payload is not Platform.FileRegion region)
        {
            return payload.InMemory().ToArray();
        }

        var bytes = new byte[region.Length];
        region.File.Read(bytes, region.Position);
        return bytes;
    }
}
