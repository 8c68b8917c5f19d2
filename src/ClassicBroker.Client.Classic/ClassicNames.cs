namespace ClassicBroker.Client.Classic;

/// <summary>What groups, consumers and clients of 0.8 may be called. Stateless.</summary>
internal static class ClassicNames
{
    /// <exception cref="KafkaConfigException">The value has other characters than those.</exception>
    public static void Require(string key, string value)
    {
        if (!value.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '_' or '-') || value is "." or "..")
        {
            throw new KafkaConfigException(
                key, value, "is illegal, contains a character other than ASCII alphanumerics, '.', '_' and '-'");
        }
    }
}
