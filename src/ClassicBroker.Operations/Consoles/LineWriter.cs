using System.Buffers;
using System.Text.Json;

namespace ClassicBroker.Operations.Consoles;

/// <summary>
/// One end of what a broker and its console say to each other: JSON documents, a line each. Writing to a process that has ended does
/// nothing: its end is told by what is read from it. Threading: any; a line is written whole.
/// </summary>
public sealed class LineWriter(Stream stream)
{
    private readonly Lock _lock = new();
    private readonly ArrayBufferWriter<byte> _line = new();

    /// <summary>Writes a line.</summary>
    public void Write(Action<Utf8JsonWriter> document)
    {
        lock (_lock)
        {
            _line.ResetWrittenCount();
            using (var json = new Utf8JsonWriter(_line))
            {
                document(json);
            }

            _line.Write("\n"u8);
            try
            {
                stream.Write(_line.WrittenSpan);
                stream.Flush();
            }
            catch (Exception ended) when (ended is IOException or ObjectDisposedException)
            {
                // Who reads has ended.
            }
        }
    }
}
