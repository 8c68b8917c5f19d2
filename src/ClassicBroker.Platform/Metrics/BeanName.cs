namespace ClassicBroker.Platform.Metrics;

/// <summary>
/// A metric under the name of the bean that Kafka has for it, in the notation of Kafka's documentation, such as
/// <c>kafka.server:type=ReplicaManager,name=PartitionCount</c>. The domain names the meter; domain, type and name joined by dots name the
/// instrument; the properties that follow are tags. Immutable.
/// </summary>
public readonly record struct BeanName
{
    private const string TypeMark = ":type=";
    private const string NameMark = ",name=";

    private BeanName(string domain, string instrument) => (Domain, Instrument) = (domain, instrument);

    /// <summary>Kafka's domain, which is the meter's name.</summary>
    public string Domain { get; }

    /// <summary>The instrument's name.</summary>
    public string Instrument { get; }

    /// <exception cref="FormatException">It is not a domain, a type and a name.</exception>
    public static BeanName Parse(string bean)
    {
        var type = bean.IndexOf(TypeMark, StringComparison.Ordinal);
        var name = bean.IndexOf(NameMark, StringComparison.Ordinal);
        if (type <= 0 || name < type)
        {
            throw new FormatException($"{bean} is not the name of a bean");
        }

        var domain = bean[..type];
        return new(domain, $"{domain}.{bean[(type + TypeMark.Length)..name]}.{bean[(name + NameMark.Length)..]}");
    }
}
