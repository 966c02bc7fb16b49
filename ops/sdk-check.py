#!/usr/bin/env python3
"""The simulated services, asked by the services' own SDKs (from PyPI): what our clients and our stand-ins get wrong in the
same way would show here.

    make sdk-check            (needs PyPI)

Each check buys one thing from a fresh simulator, waits for it by the SDK's own means, and looks at what came. One more asks
with a wrong key and wants the SDK's own error for that.
"""

import base64, json, os, pathlib, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILT = [p for p in (ROOT / ".build/release/snowflake", ROOT / ".build/debug/snowflake") if p.exists()]
SNOWFLAKE = max(BUILT, key=lambda p: p.stat().st_mtime)
SPEED = 50
PNG = None


class Services:
    """The simulator as our child, with its ledger."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sdk-check-"))
        (self.folder / "settings.json").write_text(json.dumps({"speed": SPEED, "seconds": 10, "shrink": 4}))
        self.process = subprocess.Popen([str(SNOWFLAKE), "simulator", str(self.folder)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())

    def url(self, service):
        return f"http://127.0.0.1:{self.port}/{service}"

    def bills(self):
        file = self.folder / "ledger.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def picture():
    """A real PNG, 320 by 180."""
    file = pathlib.Path(tempfile.mkdtemp()) / "a.png"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x180", "-frames:v", "1", str(file)], check=True)
    return file.read_bytes()


def is_clip(data):
    return data[4:8] == b"ftyp"


def until(ask, limit=30):
    """Asks until there is an answer; the SDK has no wait of its own for it."""
    deadline = time.time() + limit
    while time.time() < deadline:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.1)
    raise TimeoutError("it never ended")


def fetch(link):
    import httpx
    answer = httpx.get(link)
    answer.raise_for_status()
    return answer.content


def runwayml(services, key):
    import runwayml
    client = runwayml.RunwayML(api_key=key, base_url=services.url("runway"), max_retries=0)
    client.organization.retrieve()
    task = client.image_to_video.create(
        model="gen4_turbo", prompt_image="data:image/png;base64," + base64.b64encode(PNG).decode(), prompt_text="waves",
        ratio="1280:720", duration=5)
    task = until(lambda: (t := client.tasks.retrieve(task.id)).status in ("SUCCEEDED", "FAILED") and t)
    assert task.status == "SUCCEEDED" and is_clip(fetch(task.output[0])), task


def google_genai_veo(services, key):
    from google import genai
    from google.genai import types
    from google.oauth2.credentials import Credentials
    client = genai.Client(
        vertexai=True, project="p", location="us-central1", credentials=Credentials(token=key),
        http_options=types.HttpOptions(base_url=services.url("veo"), api_version="v1"))
    operation = client.models.generate_videos(
        model="veo-3.1-fast-generate-001", prompt="waves", image=types.Image(image_bytes=PNG, mime_type="image/png"),
        config=types.GenerateVideosConfig(duration_seconds=6, aspect_ratio="16:9", resolution="720p", number_of_videos=1))
    operation = until(lambda: (o := client.operations.get(operation)).done and o)
    assert is_clip(operation.response.generated_videos[0].video.video_bytes), operation


def fal_client(services, key):
    import fal_client.client as module
    module.QUEUE_URL_FORMAT = services.url("pika") + "/"
    client = module.SyncClient(key=key)
    handle = client.submit(
        "fal-ai/pika/v2.2/image-to-video",
        arguments={"image_url": "data:image/png;base64," + base64.b64encode(PNG).decode(), "prompt": "waves", "duration": 5})
    result = until(lambda: type(handle.status()).__name__ == "Completed" and handle.get())
    assert is_clip(fetch(result["video"]["url"])), result


def lumaai(services, key):
    import lumaai
    client = lumaai.LumaAI(auth_token=key, base_url=services.url("dream-machine"), max_retries=0)
    client.ping.check()
    made = client.generations.create(
        model="ray-2", prompt="waves", duration="5s", resolution="720p", aspect_ratio="16:9",
        keyframes={"frame0": {"type": "image", "url": "https://example.org/a.png"}})
    made = until(lambda: (g := client.generations.get(made.id)).state in ("completed", "failed") and g)
    assert made.state == "completed" and is_clip(fetch(made.assets.video)), made
    assert client.generations.list().generations[0].id == made.id


def luma_agents(services, key):
    import luma_agents
    client = luma_agents.Luma(auth_token=key, base_url=services.url("luma"), max_retries=0)
    made = client.generations.create(
        model="ray-3.2", type="video", prompt="waves", aspect_ratio="16:9",
        video={"duration": "5s", "resolution": "720p",
               "start_frame": {"data": base64.b64encode(PNG).decode(), "media_type": "image/png"}})
    made = until(lambda: (g := client.generations.get(made.id)).state in ("completed", "failed") and g)
    assert made.state == "completed" and is_clip(fetch(made.output[0].url)), made


def replicate(services, key):
    import replicate
    client = replicate.Client(api_token=key, base_url=services.url("replicate"))
    made = client.models.predictions.create(
        "black-forest-labs/flux-1.1-pro", input={"prompt": "a pier", "aspect_ratio": "16:9", "seed": 3})
    made.wait()
    assert made.status == "succeeded" and fetch(made.output).startswith(b"\x89PNG"), made
    assert client.predictions.list().results[0].id == made.id


def openai(services, key):
    import openai
    client = openai.OpenAI(api_key=key, base_url=services.url("openai") + "/v1", max_retries=0)
    client.models.list()
    made = client.images.generate(model="gpt-image-2", prompt="a pier", size="1536x864")
    assert base64.b64decode(made.data[0].b64_json).startswith(b"\x89PNG") and made.usage.output_tokens > 0
    edited = client.images.edit(model="gpt-image-2", image=("a.png", PNG, "image/png"), prompt="at night", size="1024x1024")
    assert base64.b64decode(edited.data[0].b64_json).startswith(b"\x89PNG")
    spoken = client.audio.speech.create(model="tts-1", voice="alloy", input="The tide turns.", response_format="wav")
    assert spoken.read().startswith(b"RIFF")


def elevenlabs(services, key):
    import elevenlabs
    client = elevenlabs.ElevenLabs(api_key=key, base_url=services.url("elevenlabs"))
    made = client.text_to_speech.convert_with_timestamps(voice_id="voice-1", text="The tide turns.", output_format="pcm_24000")
    assert len(base64.b64decode(made.audio_base_64)) > 1000
    assert "".join(made.alignment.characters) == "The tide turns."
    assert client.history.list().history[0].text == "The tide turns."
    sound = b"".join(client.text_to_sound_effects.convert(text="rain", duration_seconds=2))
    assert len(sound) > 1000


CHECKS = [runwayml, google_genai_veo, fal_client, lumaai, luma_agents, replicate, openai, elevenlabs]


def main():
    global PNG
    PNG = picture()
    failed = 0
    for check in CHECKS:
        services = Services()
        try:
            check(services, "test-key")
            assert services.bills(), "nothing was billed"
            before = len(services.bills())
            try:
                check(services, "wrong")
            except AssertionError:
                raise
            except Exception as error:
                words = f"{type(error).__name__}: {str(error)[:60]}"
            else:
                raise AssertionError("a wrong key was taken")
            assert len(services.bills()) == before, "a wrong key was billed"
            print(f"ok      {check.__name__}: {len(services.bills())} bought; a wrong key is {words}")
        except Exception as error:
            failed += 1
            print(f"FAILED  {check.__name__}: {type(error).__name__}: {str(error)[:600]}")
        finally:
            services.process.kill()
    print(f"{len(CHECKS) - failed} of {len(CHECKS)} SDKs are answered as they expect")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
