using System.Buffers.Binary;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Tests.InProcess;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Server.Tests.Security;

/// <summary>
/// Weaknesses that Kafka once had, by number: the attack of each against a whole broker. 2024-56128 and 2026-10143 are with the two halves
/// of SCRAM (<c>ScramTests</c>), 2026-41115 is the table of checks (<c>AccessTableTests</c>), 2021-38153 is held by
/// <c>SecretComparisonTests</c> of Tidy, 2026-35554 is with the producer (<c>CveTests</c> of Client), those of ZooKeeper are with its server
/// (<c>CveTests</c> of ZooKeeper.Server) and with TLS (<c>CveTests</c> of Transport).
/// </summary>
public sealed class CveTests
{
    private const string PlainModule = "org.apache.kafka.common.security.plain.PlainLoginModule";
    private const string JaasKey = "listener.name.sasl_plaintext.plain.sasl.jaas.config";
    private const long LittleMemory = 4 * 1024 * 1024;

    private static readonly KafkaPrincipal Admin = new("User", "admin");
    private static readonly KafkaPrincipal Alice = new("User", "alice");
    private static readonly Index Plaintext = 0;
    private static readonly Index Sasl = 1;

    private readonly InProcessBroker _broker = new(
        "listeners=PLAINTEXT://127.0.0.1:9092,SASL_PLAINTEXT://127.0.0.1:9093",
        "sasl.enabled.mechanisms=PLAIN",
        $"{JaasKey}={PlainModule} required username=\"admin\" password=\"a\" user_admin=\"a\" user_alice=\"b\";",
        "authorizer.class.name=kafka.security.authorizer.AclAuthorizer",
        "password.encoder.secret=encoder-secret",
        "super.users=User:admin");

    [Fact]
    public void Cve_2017_12610_No_one_logs_in_as_another()
    {
        var client = _broker.Connect("c", Sasl);
        client.Ask<SaslHandshakeRequest, SaslHandshakeResponse>(new() { Mechanism = "PLAIN" }, 1);
        client.Send(new SaslAuthenticateRequest { AuthBytes = "admin\0alice\0b"u8.ToArray() }, 2);
        _broker.Time.AdvanceMs(200);
        Assert.Equal(ErrorCode.SaslAuthenticationFailed, client.Answer<SaslAuthenticateResponse>(2)!.ErrorCode);
        Assert.False(client.IsOpen);
    }

    [Fact]
    public void Cve_2018_1288_A_client_does_not_pass_for_a_follower()
    {
        As(Admin).CreateTopic("t");
        Grant(AclResourceType.Topic, "t", Alice, AclOperation.Read);
        var request = BrokerClient.FetchRequestOf("t", 0, 0);
        request.ReplicaId = 1;
        var answer = As(Alice).Ask<FetchRequest, FetchResponse>(request, 11);
        Assert.Equal(ErrorCode.TopicAuthorizationFailed, answer.Responses[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public void Cve_2018_17196_A_batch_that_says_it_is_transactional_is_checked_as_one()
    {
        As(Admin).CreateTopic("t");
        Grant(AclResourceType.Topic, "t", Alice, AclOperation.Write);
        using var builder = new RecordBatchBuilder { ProducerId = 1, ProducerEpoch = 0, BaseSequence = 0, IsTransactional = true };
        builder.Append(1_000, null, "v"u8);
        var answer = As(Alice).ProduceRaw("t", 0, 1, 7, builder.Build().ToArray());
        Assert.Equal(ErrorCode.TransactionalIdAuthorizationFailed, answer.ErrorCode);
    }

    [Theory]
    [InlineData(512 * 1024 + 1)]
    [InlineData(100 * 1024 * 1024)]
    [InlineData(int.MaxValue)]
    public void Cve_2022_34917_A_stranger_does_not_make_the_broker_take_memory(int announced)
    {
        var client = _broker.Connect("c", Sasl);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var length = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, announced);
        client.Channel.WriteInbound(length);
        _broker.Time.AdvanceMs(200);
        Assert.False(client.IsOpen);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, LittleMemory);
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0x07 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0x0F })]
    [InlineData(new byte[] { 0x80, 0x80, 0x80, 0x80, 0x04 })]
    public void Cve_2023_34455_A_snappy_block_that_lies_about_its_size_is_refused_cheaply(byte[] claimed)
    {
        var admin = As(Admin);
        admin.CreateTopic("t");
        var batch = Compressed(claimed);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var answer = admin.ProduceRaw("t", 0, 1, 7, batch);
        Assert.Contains(answer.ErrorCode, new[] { ErrorCode.CorruptMessage, ErrorCode.InvalidRecord });
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, LittleMemory);
    }

    [Theory]
    [InlineData("com.sun.security.auth.module.JndiLoginModule required user.provider.url=\"ldap://x\";")]
    [InlineData("com.sun.security.auth.module.LdapLoginModule required userProvider=\"ldap://x\";")]
    [InlineData("no.such.Module required;")]
    public void Cve_2023_25194_2025_27818_2025_27819_No_login_module_is_loaded_by_the_word_of_a_request(string module)
    {
        var (error, _) = Alter((JaasKey, module));
        Assert.NotEqual(ErrorCode.None, error);
        Assert.DoesNotContain(_broker.ZooKeeper.Paths, path => path == "/config/brokers/0");
    }

    [Theory]
    [InlineData("jwks.endpoint.url", "file:/etc/passwd")]
    [InlineData("jwks.endpoint.url", "http://169.254.169.254/latest")]
    [InlineData("token.endpoint.url", "file:/etc/passwd")]
    [InlineData("token.endpoint.url", "http://169.254.169.254/latest")]
    public void Cve_2025_27817_No_address_is_asked_by_the_word_of_a_request(string key, string url)
    {
        foreach (var prefix in new[] { "", "listener.name.sasl_plaintext.", "listener.name.sasl_plaintext.oauthbearer." })
        {
            var (error, _) = Alter(($"{prefix}sasl.oauthbearer.{key}", url));
            Assert.NotEqual(ErrorCode.None, error);
        }

        Assert.DoesNotContain(_broker.ZooKeeper.Paths, path => path == "/config/brokers/0");
    }

    [Fact]
    public void Cve_2019_12399_A_secret_in_a_configuration_is_shown_to_no_one()
    {
        const string Secret = "a-new-secret";
        Assert.Equal(ErrorCode.None, Alter((JaasKey, $"{PlainModule} required user_alice=\"{Secret}\";")).Error);
        var described = As(Admin).Ask<DescribeConfigsRequest, DescribeConfigsResponse>(
            new() { Resources = [new() { ResourceType = 4, ResourceName = "0", ConfigurationKeys = null }], IncludeSynonyms = true }, 4);
        var config = Assert.Single(described.Results[0].Configs, config => config.Name == JaasKey);
        Assert.True(config.IsSensitive);
        Assert.Null(config.Value);
        Assert.All(config.Synonyms, synonym => Assert.Null(synonym.Value));
        Assert.DoesNotContain(
            described.Results[0].Configs, other => other.Value?.Contains(Secret, StringComparison.Ordinal) == true);
    }

    [Fact]
    public void Cve_2024_31141_No_file_or_variable_is_read_by_the_word_of_a_request()
    {
        // Where they were looked up, what is there would be as good a value for the key.
        const string Key = "ssl.secure.random.implementation";
        const string Known = "a-value-of-the-file";
        using var scratch = new ScratchDirectory();
        File.WriteAllText(scratch.File("known.properties"), $"known={Known}\n");
        foreach (var value in new[] { $"${{file:{scratch.File("known.properties")}:known}}", $"${{directory:{scratch.Path}:known.properties}}", "${env:PATH}" })
        {
            var (error, _) = Alter(
                ("config.providers", "file,directory,env"),
                ("config.providers.file.class", "org.apache.kafka.common.config.provider.FileConfigProvider"),
                ("config.providers.directory.class", "org.apache.kafka.common.config.provider.DirectoryConfigProvider"),
                ("config.providers.env.class", "org.apache.kafka.common.config.provider.EnvVarConfigProvider"),
                (Key, value));
            Assert.Equal(ErrorCode.None, error);
            _broker.Time.RunUntilIdle();
            var shown = As(Admin).Ask<DescribeConfigsRequest, DescribeConfigsResponse>(
                new() { Resources = [new() { ResourceType = 4, ResourceName = "0", ConfigurationKeys = null }], IncludeSynonyms = true }, 4);
            var config = Assert.Single(shown.Results[0].Configs, config => config.Name == Key);
            Assert.Equal(value, config.Value);
            Assert.All(config.Synonyms, synonym => Assert.Equal(value, synonym.Value));
            Assert.Equal(value, _broker.Server.Config.Current.Values.String(Key));
        }
    }

    [Fact]
    public void Cve_2024_27309_A_denial_holds_when_another_entry_of_its_resource_is_removed()
    {
        As(Admin).CreateTopic("t");
        Grant(AclResourceType.Topic, "t", Alice, AclOperation.Read);
        Grant(AclResourceType.Topic, "t", new("User", "*"), AclOperation.Read, AclPermission.Deny);
        Grant(AclResourceType.Topic, "t", new("User", "bob"), AclOperation.Read);
        As(Admin).Ask<DeleteAclsRequest, DeleteAclsResponse>(
            new()
            {
                Filters =
                [
                    new()
                    {
                        ResourceTypeFilter = (sbyte)AclResourceType.Topic,
                        ResourceNameFilter = "t",
                        PatternTypeFilter = (sbyte)AclPatternType.Literal,
                        PrincipalFilter = "User:bob",
                        HostFilter = null,
                        Operation = (sbyte)AclOperation.Any,
                        PermissionType = (sbyte)AclPermission.Any,
                    },
                ],
            },
            3);
        Assert.Equal(ErrorCode.TopicAuthorizationFailed, As(Alice).Fetch("t", 0, 0).Responses[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public void Cve_2026_33557_2026_110985_A_broker_that_cannot_verify_tokens_does_not_start() =>
        Assert.Throws<ConfigException>(() => new InProcessBroker(
            "listeners=PLAINTEXT://127.0.0.1:9092,SASL_PLAINTEXT://127.0.0.1:9093",
            "sasl.enabled.mechanisms=OAUTHBEARER",
            "listener.name.sasl_plaintext.oauthbearer.sasl.jaas.config="
            + "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;",
            "listener.name.sasl_plaintext.oauthbearer.sasl.server.callback.handler.class="
            + "org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler"));

    [Fact]
    public void Cve_2026_111073_Telemetry_is_neither_offered_nor_decompressed()
    {
        var client = As(Alice);
        var offered = client.Ask<ApiVersionsRequest, ApiVersionsResponse>(
            new() { ClientSoftwareName = "c", ClientSoftwareVersion = "1" }, 3);
        Assert.DoesNotContain(offered.ApiKeys, api => api.ApiKey is 71 or 72);
        client.SendFrame([0, 72, 0, 0, 0, 0, 0, 1, 0xFF, 0xFF, 0]);
        Assert.False(client.IsOpen);
    }

    [Theory]
    [InlineData(18, 3, new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0x0F })]
    [InlineData(36, 2, new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0x0F })]
    [InlineData(18, 3, new byte[] { 1, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0x07 })]
    public void Cve_2026_111108_2026_111115_A_count_that_lies_costs_a_stranger_its_connection_and_the_broker_nothing(int api, int version, byte[] rest)
    {
        var client = _broker.Connect("c", Sasl);
        var before = GC.GetAllocatedBytesForCurrentThread();
        client.SendFrame([0, (byte)api, 0, (byte)version, 0, 0, 0, 1, 0xFF, 0xFF, .. rest]);
        _broker.Time.AdvanceMs(200);
        Assert.False(client.IsOpen);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, LittleMemory);
    }

    /// <summary>A batch whose records are one snappy block that begins with a claimed length, with a right checksum.</summary>
    private static byte[] Compressed(byte[] claimed)
    {
        var batch = BrokerClient.Batch("value");
        byte[] block = [.. claimed, 0, (byte)'x'];
        byte[] lying = [.. batch.AsSpan(0, RecordBatchHeader.Size), .. block];
        BinaryPrimitives.WriteInt32BigEndian(lying.AsSpan(RecordFormat.SizeOffset), lying.Length - RecordFormat.LogOverhead);
        lying[RecordBatchHeader.AttributesOffset + 1] = (byte)CompressionCodec.Snappy;
        RecordBatchHeader.UpdateCrc(lying);
        return lying;
    }

    private (ErrorCode Error, string? Message) Alter(params (string Name, string Value)[] configs)
    {
        var answer = As(Admin).Ask<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(
            new()
            {
                Resources =
                [
                    new()
                    {
                        ResourceType = 4,
                        ResourceName = "0",
                        Configs = [.. configs.Select(config => new IncrementalAlterConfigsRequest.AlterableConfig
                        {
                            Name = config.Name,
                            ConfigOperation = 0,
                            Value = config.Value,
                        })],
                    },
                ],
            },
            1);
        return (answer.Responses[0].ErrorCode, answer.Responses[0].ErrorMessage);
    }

    private void Grant(
        AclResourceType type, string name, KafkaPrincipal principal, AclOperation operation, AclPermission permission = AclPermission.Allow)
    {
        var response = As(Admin).Ask<CreateAclsRequest, CreateAclsResponse>(
            new()
            {
                Creations =
                [
                    new()
                    {
                        ResourceType = (sbyte)type,
                        ResourceName = name,
                        ResourcePatternType = (sbyte)AclPatternType.Literal,
                        Principal = principal.ToString(),
                        Host = "*",
                        Operation = (sbyte)operation,
                        PermissionType = (sbyte)permission,
                    },
                ],
            },
            3);
        Assert.Equal(ErrorCode.None, response.Results[0].ErrorCode);
    }

    private BrokerClient As(KafkaPrincipal principal)
    {
        var client = _broker.Connect("c", Plaintext);
        ((ClientConnection)client.Channel.Attachment!).Authenticate(principal);
        return client;
    }
}
