using System.Buffers.Binary;
using ClassicBroker.Testing.Network;

namespace ClassicBroker.Simulation.Ports;

/// <summary>Puts the frames of one direction of a connection together and has them changed. Threading: the run's thread.</summary>
internal sealed class FrameFilter(TrafficEnd end, FrameRewriting rewriting) : ITrafficFilter
{
    private const int LengthField = 4;

    private readonly long _connection = Math.Min(end.Id, end.PeerId);
    private byte[] _partial = [];

    public byte[] Pass(byte[] bytes)
    {
        byte[] stream = [.. _partial, .. bytes];
        var at = 0;
        var output = new List<byte>();
        while (stream.Length - at >= LengthField
            && BinaryPrimitives.ReadInt32BigEndian(stream.AsSpan(at)) is var length
            && stream.Length - at - LengthField >= length)
        {
            var frame = stream[(at + LengthField)..(at + LengthField + length)];
            rewriting.Broker = end.IsConnecting ? end.PeerHost : end.Host;
            if (end.IsConnecting)
            {
                foreach (var request in rewriting.Request(_connection, frame))
                {
                    Add(output, request);
                }
            }
            else if (rewriting.Response(_connection, frame) is { } response)
            {
                Add(output, response);
            }

            at += LengthField + length;
        }

        _partial = stream[at..];
        return [.. output];
    }

    private static void Add(List<byte> output, byte[] frame)
    {
        var prefix = new byte[LengthField];
        BinaryPrimitives.WriteInt32BigEndian(prefix, frame.Length);
        output.AddRange(prefix);
        output.AddRange(frame);
    }
}
