using System.Buffers;
using System.Text;
using System.Text.Json;

namespace ClassicBroker.Rpc;

/// <summary>
/// A line of kafka-request.log: the JSON of Kafka's request logger, with the lengths of request and response in place of their contents.
/// Stateless.
/// </summary>
internal static class CompletedRequest
{
    public static string Describe(RequestContext context, int responseLength)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteBoolean("isForwarded", false);
            WriteHeader(json, context);
            json.WriteNumber("requestBytes", context.FrameLength);
            json.WriteNumber("responseBytes", responseLength);
            json.WriteString("connection", context.Connection.Id);
            WriteTimes(json, context);
            json.WriteString("securityProtocol", SecurityProtocolName(context));
            json.WriteString("principal", context.Principal.ToString());
            json.WriteString("listener", context.ListenerName);
            json.WriteStartObject("clientInformation");
            json.WriteString("softwareName", context.Connection.SoftwareName);
            json.WriteString("softwareVersion", context.Connection.SoftwareVersion);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteTimes(Utf8JsonWriter json, RequestContext context)
    {
        var clock = context.Loop.Time;
        ref readonly var times = ref context.Times;
        WriteMs("totalTimeMs", times.TotalMs(clock));
        WriteMs("requestQueueTimeMs", times.QueueMs(clock));
        WriteMs("localTimeMs", times.LocalMs(clock));
        WriteMs("remoteTimeMs", times.RemoteMs(clock));
        WriteMs("throttleTimeMs", context.ThrottleTimeMs);
        WriteMs("responseQueueTimeMs", times.ResponseQueueMs(clock));
        WriteMs("sendTimeMs", times.SendMs(clock));

        void WriteMs(string name, double ms) => json.WriteNumber(name, Math.Round(ms, 3));
    }

    private static void WriteHeader(Utf8JsonWriter json, RequestContext context)
    {
        json.WriteStartObject("requestHeader");
        json.WriteNumber("requestApiKey", (short)context.ApiKey);
        json.WriteNumber("requestApiVersion", context.ApiVersion);
        json.WriteNumber("correlationId", context.CorrelationId);
        json.WriteString("clientId", context.ClientId);
        json.WriteString("requestApiKeyName", context.Api.Name);
        if (context.Api.IsDeprecated(context.ApiVersion))
        {
            json.WriteBoolean("requestApiVersionDeprecated", true);
        }

        json.WriteEndObject();
    }

    private static string SecurityProtocolName(RequestContext context) =>
        context.Connection.Listener.SecurityProtocol switch
        {
            Primitives.SecurityProtocol.Plaintext => "PLAINTEXT",
            Primitives.SecurityProtocol.Ssl => "SSL",
            Primitives.SecurityProtocol.SaslPlaintext => "SASL_PLAINTEXT",
            _ => "SASL_SSL",
        };
}
