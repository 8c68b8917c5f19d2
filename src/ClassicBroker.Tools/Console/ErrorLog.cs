using ClassicBroker.Client;

namespace ClassicBroker.Tools.Console;

/// <summary>Logs what could not be sent, and lets the producer go on. Called on the producer's network thread and by the tool.</summary>
internal sealed class ErrorLog(ToolHost host, string topic) : IDeliveryHandler
{
    private const string Logger = "org.apache.kafka.clients.producer.internals.ErrorLoggingCallback";
    private const int LengthBits = 31;
    private const long NullLength = (1L << LengthBits) - 1;

    /// <summary>Packs what is told of a failed record: the sizes of key and value.</summary>
    public static long Tag(byte[]? key, byte[]? value) => ((key?.Length ?? NullLength) << LengthBits) | (value?.Length ?? NullLength);

    public void OnDelivered(long tag, in RecordMetadata metadata)
    {
    }

    public void OnFailed(long tag, KafkaException failure)
    {
        var text = $"Error when sending message to topic {topic} with key: {Size(tag >> LengthBits)}, value: {Size(tag & NullLength)} with error:";
        lock (host.Error)
        {
            host.Log("ERROR", text, Logger);
            host.Error.WriteLine(JavaException.Describe(failure));
        }
    }

    private static string Size(long length) => length == NullLength ? "null" : $"{length} bytes";
}
