namespace ClassicBroker.Primitives;

/// <summary>How bytes of a listener are protected, under the numbers Kafka sends in UpdateMetadata.</summary>
public enum SecurityProtocol : short
{
    Plaintext = 0,
    Ssl = 1,
    SaslPlaintext = 2,
    SaslSsl = 3,
}
