using ClassicBroker.Client;

namespace ClassicBroker.Tools.Console;

/// <summary>Shows nothing: records are only counted (NoOpMessageFormatter). Stateless.</summary>
internal sealed class NoOpFormat : IRecordFormat
{
    public void Write(in ConsumerRecord<byte[]?, byte[]?> record, Stream output)
    {
        // Nothing is what it is for.
    }
}
