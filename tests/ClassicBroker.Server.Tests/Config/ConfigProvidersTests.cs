using ClassicBroker.Platform;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Config.Providers;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Server.Tests.Config;

/// <summary>Values of the properties file that lie elsewhere, with the outcomes of a recorded Kafka.</summary>
public sealed class ConfigProvidersTests : IDisposable
{
    private const string Package = "org.apache.kafka.common.config.provider.";

    private readonly ScratchDirectory _scratch = new();
    private readonly List<string> _warnings = [];

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Each_provider_puts_its_values_in_place()
    {
        Write("secrets/broker.properties", "# ours\npw = sécret\\\n  -key\nother=2\n");
        Write("mounted/user", "kafka");
        var properties = With(
            ("config.providers", "file, dir,env"),
            ("config.providers.file.class", Package + "FileConfigProvider"),
            ("config.providers.file.param.allowed.paths", $"/etc,{_scratch.File("secrets")}"),
            ("config.providers.dir.class", Package + "DirectoryConfigProvider"),
            ("config.providers.env.class", Package + "EnvVarConfigProvider"),
            ("config.providers.env.param.allowlist.pattern", "KAFKA_.*"),
            ("delegation.token.secret.key", $"${{file:{_scratch.File("secrets/broker.properties")}:pw}}"),
            ("sasl.jaas.config", $"m required username=\"${{dir:{_scratch.File("mounted")}:user}}\" host=\"${{env:KAFKA_HOST}}\" path=\"${{env:PATH}}\";"));
        Assert.Equal("sécret-key", properties["delegation.token.secret.key"]);
        Assert.Equal("m required username=\"kafka\" host=\"h1\" path=\"${env:PATH}\";", properties["sasl.jaas.config"]);
        Assert.Contains("sasl.jaas.config stays the text ${env:PATH}", Assert.Single(_warnings), StringComparison.Ordinal);
        Assert.Empty(KafkaConfig.From(properties, "localhost").UnknownKeys());
    }

    [Fact]
    public void What_is_not_there_stays_text_and_is_warned_of()
    {
        Write("secret.properties", "pw=${env:KAFKA_HOST}\n");
        var (file, elsewhere) = (_scratch.File("secret.properties"), _scratch.File("secret.properties.d"));
        Directory.CreateDirectory(elsewhere);
        var properties = With(
            ("config.providers", "file,env,none"),
            ("config.providers.file.class", Package + "FileConfigProvider"),
            ("config.providers.env.class", Package + "EnvVarConfigProvider"),
            ("one", $"${{file:{file}:none}}"),
            ("two", $"${{file:{file}:pw}}"),
            ("three", "${none:a:b} ${vault:a:b} $1 ${file"));
        Assert.Equal($"${{file:{file}:none}}", properties["one"]);
        Assert.Equal("${env:KAFKA_HOST}", properties["two"]);
        Assert.Equal("${none:a:b} ${vault:a:b} $1 ${file", properties["three"]);
        Assert.Equal(2, _warnings.Count);

        properties = With(
            ("config.providers", "file"),
            ("config.providers.file.class", Package + "FileConfigProvider"),
            ("config.providers.file.param.allowed.paths", elsewhere),
            ("one", $"${{file:{elsewhere}/../secret.properties:pw}}"),
            ("two", $"${{file:{file}:pw}}"));
        Assert.Equal(($"${{file:{elsewhere}/../secret.properties:pw}}", $"${{file:{file}:pw}}"), (properties["one"], properties["two"]));
    }

    [Theory]
    [InlineData("${x:/nowhere:pw}", "FileConfigProvider", null, "Could not read properties from file /nowhere: there is no such file")]
    [InlineData("${x:a:b}", "FileConfigProvider", "/nowhere", "Path /nowhere does not exist")]
    [InlineData("${x:a:b}", "DirectoryConfigProvider", "etc", "Path etc is not absolute")]
    [InlineData("${x:a:b}", "EnvVarConfigProvider", null, "Path is not supported for EnvVarConfigProvider, invalid value 'a'")]
    [InlineData(
        "${x:a:b}",
        "Such",
        null,
        "Invalid value org.apache.kafka.common.config.provider.Such for configuration config.providers.x.class: Could not load config provider class or one of its dependencies")]
    public void What_cannot_be_read_refuses_the_start(string value, string name, string? allowed, string sentence)
    {
        (string, string)[] paths = allowed is null ? [] : [("config.providers.x.param.allowed.paths", allowed)];
        var refused = Assert.Throws<ConfigException>(() => With(
            [("config.providers", "x"), ("config.providers.x.class", Package + name), ("ssl.keystore.password", value), .. paths]));
        Assert.Equal(sentence, refused.Message);
    }

    private void Write(string name, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_scratch.File(name))!);
        File.WriteAllText(_scratch.File(name), content);
    }

    private Dictionary<string, string> With(params (string Key, string Value)[] settings)
    {
        var properties = settings.ToDictionary(setting => setting.Key, setting => setting.Value, StringComparer.Ordinal);
        properties["zookeeper.connect"] = "localhost:2181";
        ConfigProviders.Resolve(properties, new PosixFileSystem(), name => name == "KAFKA_HOST" ? "h1" : "leaked", _warnings.Add);
        return properties;
    }
}
