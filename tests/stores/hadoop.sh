#!/bin/sh
# What tests/stores/hdfs.py starts, into the folder $2, with the Python $1: the jars of Hadoop 2.7.3 that pyspark 2.4.8
# brings, and, where there are a C compiler and a JDK, libhdfs.so from the sources that pydoop 2.0.0 brings.
set -eu
python=$1 to=$2
rm -rf "$to" && mkdir -p "$to/jars"
echo "setuptools<81" > "$to/older.txt" # the last with pkg_resources, which pydoop's setup.py imports
"$python" -m pip download --quiet --no-deps --no-build-isolation --dest "$to" pyspark==2.4.8
"$python" -m pip download --quiet --no-deps --build-constraint "$to/older.txt" --dest "$to" pydoop==2.0.0
tar xzf "$to/pyspark-2.4.8.tar.gz" -C "$to/jars" --strip-components=3 --wildcards '*/deps/jars/*.jar'
tar xzf "$to/pydoop-2.0.0.tar.gz" -C "$to" --strip-components=2 --wildcards '*/src/libhdfs/*'
rm "$to"/*.tar.gz
java=$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")
if command -v cc > /dev/null && [ -e "$java/include/jni.h" ]; then
  cd "$to/libhdfs"
  cc -shared -fPIC -O2 -w -D_GNU_SOURCE -I. -Icommon -Iinclude -Ios -Ios/posix -I"$java/include" -I"$java/include/linux" \
    ./*.c common/*.c os/posix/*.c -L"$java/lib/server" -Wl,-rpath,"$java/lib/server" -ljvm -lpthread -ldl -o ../libhdfs.so
fi
